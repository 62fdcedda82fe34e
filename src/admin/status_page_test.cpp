#include "admin/status_page.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <regex>

#include "admin/base64.h"
#include "admin/html.h"
#include "admin/sha256.h"
#include "admin/status_style.h"
#include "base/units.h"
#include "base/utf8.h"
#include "tests/support/sample_fleet.h"

namespace rota {
namespace {

Events no_events() {
  return Events([](LogLevel, std::string_view) {});
}

std::string page_of(const FleetView& fleet) {
  Events events = no_events();
  test::add_sample_events(events);
  return StatusPage{}.html(fleet, events);
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// The page's tags in order, with the names of their attributes, as a reader of HTML sees them; what stands in text and in values is left out.
std::string structure_of(std::string_view page) {
  static const std::regex kTag(R"(<(/?[a-z0-9!]+)((?:\s+[a-zA-Z-]+(?:=(?:"[^"<>]*"|[^\s"'<>=]+))?)*)\s*/?>)");
  static const std::regex kName(R"(\s([a-zA-Z-]+)(?:="[^"]*"|=[^\s"]+)?)");
  std::string structure, rest(page);
  rest.erase(rest.find("<style>") + 7, rest.find("</style>") - rest.find("<style>") - 7);
  for (std::sregex_iterator tag(rest.begin(), rest.end(), kTag), end; tag != end; ++tag) {
    structure += (*tag)[1].str();
    const std::string attributes = (*tag)[2];
    for (std::sregex_iterator name(attributes.begin(), attributes.end(), kName); name != end; ++name) structure += " " + (*name)[1].str();
    structure += "\n";
  }
  // A '<' that belongs to no tag found is a hole.
  EXPECT_EQ(std::ranges::count(rest, '<'), std::ranges::count(structure, '\n'));
  return structure;
}

FleetView fleet_called(const std::string& name) {
  FleetView fleet = test::sample_fleet();
  fleet.version = fleet.config = name;
  fleet.listeners[0].address = name;
  fleet.sources[0] = {.name = name, .up = false};
  for (ServiceView& service : fleet.services) {
    service.name = service.strategy = name;
    for (InstanceView& instance : service.instances) {
      instance.id = instance.service = instance.reason = instance.breaker = instance.last_probe = name;
      instance.address = name;
      instance.identity = name + "x";
      instance.in_service = false;
    }
  }
  return fleet;
}

std::string page_called(const std::string& name) {
  Events events = no_events();
  events.add({.at = test::kSampleNow, .level = LogLevel::warn, .type = name, .service = name, .instance = name, .text = name});
  return StatusPage{}.html(fleet_called(name), events);
}

TEST(StatusPage, ShowsWhatThereIs) {
  const std::string page = page_of(test::sample_fleet());
  for (const char* text : {"<title>6 of 9 in service · rota</title>",
                           "<caption>Instances of app</caption>",
                           "<caption>Instances of shop/checkout</caption>",
                           "average 143 ms to the response head",
                           ">open</span>",
                           ">refused</bdi>",
                           "3 of 6 in service",
                           "99.97",
                           "48.8 %",
                           "5c1f0aa2b7d9…",
                           "4 h 12 min",
                           "least request",
                           "just now",
                           "breaker half open",
                           "10.0.4.16:8080 is new",
                           "14:32:06",
                           "2026-11-23 11:32:07",
                           "1 refused",
                           "4 workers",
                           "213 connections"}) {
    EXPECT_TRUE(contains(page, text)) << text;
  }
}

TEST(StatusPage, IsOneDocumentWithoutScriptsOrAnythingFromElsewhere) {
  const std::string page = page_of(test::sample_fleet());
  for (const char* never :
       {"<script", "javascript:", "http://", "https://", " src=", " style=", "url(", "@import", "<link", "<iframe", " onload", "<form"}) {
    EXPECT_FALSE(contains(page, never)) << never;
  }
  EXPECT_TRUE(page.starts_with("<!doctype html>"));
  EXPECT_TRUE(page.ends_with("</html>\n"));
}

// The policy lets in the style that the page has, and no other.
TEST(StatusPage, HasTheStyleThatItsPolicyNames) {
  const std::string page = page_of({});
  const std::size_t from = page.find("<style>") + 7;
  const std::string style = page.substr(from, page.find("</style>") - from);
  EXPECT_EQ(StatusPage::policy(), "default-src 'none'; style-src 'sha256-" + to_base64(sha256(style)) +
                                      "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
}

TEST(StatusPage, HasTheSameStructureWhateverTheNamesAre) {
  using namespace std::string_literals;
  const std::string plain = structure_of(page_called("app"));
  EXPECT_GT(std::ranges::count(plain, '\n'), 200);
  for (const std::string& name :
       {"<script>alert(1)</script>"s, "\"><img src=x onerror=alert(1)>"s, "' onmouseover='alert(1)"s, "</title></style></table></body>"s,
        "&lt;b&gt;"s, "<!--"s, "]]>"s, "x y=z/>"s, "a\0b\x1b[31m\r\n\t\x7f"s, "\xe2\x80\xae\xe2\x81\xa6txt.exe"s, "\xff\xfe\xc3"s, "=1+1"s,
        std::string(10'000, '<'), std::string(10'000, '"')}) {
    const std::string page = page_called(name);
    EXPECT_EQ(structure_of(page), plain) << name.substr(0, 60);
    EXPECT_LT(page.size(), 400'000U) << name.substr(0, 60);
    for (const char* live : {"<script", "<img", "onerror=alert(1)>", "' onmouseover='"}) EXPECT_FALSE(contains(page, live)) << live;
  }
}

TEST(StatusPage, IsReadableTextWhateverTheBytesAre) {
  using namespace std::string_literals;
  const std::string page = page_called("a\0\x1b\x7f\r\xff\xe2\x80\xae\xc2\x85"s);
  for (std::string_view rest = page; !rest.empty();) {
    const CodePoint point = decode_utf8(rest);
    ASSERT_NE(point.size, 0U) << "no UTF-8";
    ASSERT_TRUE(point.value == '\n' || (point.value >= 0x20 && point.value != 0x7f && (point.value < 0x80 || point.value >= 0xa0)))
        << std::uint32_t{point.value};
    ASSERT_FALSE(point.value >= 0x202a && point.value <= 0x202e) << "a mark that turns the direction of writing";
    rest.remove_prefix(point.size);
  }
}

TEST(StatusPage, SaysSoWhereSomethingNeedsAPerson) {
  FleetView fleet = test::sample_fleet();
  EXPECT_FALSE(contains(page_of(fleet), "class=\"note"));
  for (InstanceView& instance : fleet.services[1].instances) instance.in_service = false;
  EXPECT_TRUE(contains(page_of(fleet), "<b><bdi>shop/checkout</bdi></b> has no instance in service: its clients get 503."));
  fleet.sources[1].up = false;
  EXPECT_TRUE(contains(page_of(fleet), "The source <b><bdi>docker</bdi></b> cannot be asked"));
  fleet.draining = true;
  EXPECT_TRUE(contains(page_of(fleet), "rota is draining"));
  fleet.draining = fleet.ready = false;
  EXPECT_TRUE(contains(page_of(fleet), "rota is starting"));
}

TEST(StatusPage, ShowsNothingWhereThereIsNothing) {
  FleetView fleet;
  fleet.ready = true;
  std::string page = StatusPage{}.html(fleet, no_events());
  EXPECT_TRUE(contains(page, "There is no service."));
  EXPECT_TRUE(contains(page, "Nothing has happened yet."));
  fleet.services.resize(1);
  fleet.services[0].name = "empty";
  page = StatusPage{}.html(fleet, no_events());
  EXPECT_TRUE(contains(page, "No source names an instance of it."));
  EXPECT_TRUE(contains(page, "<b><bdi>empty</bdi></b> has no instance in service"));
}

TEST(StatusPage, ShowsThoseThatAreNotHealthyFirstWhereThereAreTooMany) {
  FleetView fleet;
  ServiceView service;
  service.name = "big";
  for (int i = 0; i < 10'000; ++i) {
    InstanceView instance;
    instance.identity = instance.address = "i" + std::to_string(i) + ".example:80";
    instance.condition = i == 9'990 ? InstanceCondition::failing : InstanceCondition::healthy;
    instance.gone = i == 5;
    service.instances.push_back(instance);
  }
  fleet.services = {service};
  const std::string page = StatusPage{}.html(fleet, no_events());
  EXPECT_LT(page.find("i9990.example"), page.find("i0.example"));
  EXPECT_TRUE(contains(page, "9,800 more instances"));
  EXPECT_FALSE(contains(page, "i5.example"));
  EXPECT_LT(page.size(), 500'000U);
}

// ---- WCAG 2: the contrast of each text colour with each ground that it may stand on.

using Colours = std::map<std::string, std::string>;

Colours colours_of(std::string_view style, std::size_t at) {
  Colours colours;
  const std::string block(style.substr(at, style.find('}', at) - at));
  static const std::regex kColour(R"(--([a-z-]+):#([0-9a-f]{6}))");
  for (std::sregex_iterator each(block.begin(), block.end(), kColour), end; each != end; ++each) colours[(*each)[1]] = (*each)[2];
  return colours;
}

double luminance(const std::string& hex) {
  double sum = 0;
  const double weights[] = {0.2126, 0.7152, 0.0722};
  for (std::size_t i = 0; i < 3; ++i) {
    const double channel = std::stoi(hex.substr(2 * i, 2), nullptr, 16) / 255.0;
    sum += weights[i] * (channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4));
  }
  return sum;
}

double contrast(const std::string& a, const std::string& b) {
  const auto [dark, light] = std::minmax(luminance(a), luminance(b));
  return (light + 0.05) / (dark + 0.05);
}

TEST(StatusPage, HasColoursThatCanBeReadInLightAndDark) {
  EXPECT_NEAR(contrast("000000", "ffffff"), 21, 0.01);
  EXPECT_NEAR(contrast("777777", "ffffff"), 4.48, 0.01);
  const std::string_view style = Html::Markup(kStatusStyle).text;
  const std::size_t light = style.find(":root{"), dark = style.find(":root{", light + 1);
  ASSERT_NE(dark, std::string_view::npos);
  for (const std::size_t at : {light, dark}) {
    const Colours colours = colours_of(style, at);
    for (const char* text : {"text", "quiet", "link", "good", "warn", "bad", "cool", "off"}) {
      for (const char* ground : {"page", "card"})
        EXPECT_GE(contrast(colours.at(text), colours.at(ground)), 4.5) << text << " on " << ground;
    }
    for (const char* wash : {"warn-wash", "bad-wash"}) EXPECT_GE(contrast(colours.at("text"), colours.at(wash)), 4.5) << wash;
  }
}

}  // namespace
}  // namespace rota
