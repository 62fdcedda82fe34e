#include "tests/component/fleet_model.h"

#include <fmt/format.h>

#include <algorithm>

namespace rota::test {

bool FleetModel::was(const FailingInstance& instance, Trouble trouble, TimePoint from, TimePoint to) {
  const auto& changes = instance.changes();
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const TimePoint until = i + 1 < changes.size() ? changes[i + 1].at : TimePoint::max();
    if (changes[i].trouble == trouble && changes[i].at <= to && until >= from) return true;
  }
  return false;
}

// Since the fleet's beginning, when everybody was in service, or for long enough to be back.
bool FleetModel::was_well(const FailingInstance& instance, const Asked& asked) const {
  const TimePoint since = std::max(instance.changes().front().at, asked.begun - promise_.back);
  for (const Trouble trouble : {Trouble::killed, Trouble::hanging, Trouble::answers_500, Trouble::answers_503, Trouble::slow}) {
    if (was(instance, trouble, since, asked.ended)) return false;
  }
  return true;
}

bool FleetModel::may_have_cost_an_attempt(const FailingInstance& instance, const Asked& asked) const {
  if (was(instance, Trouble::answers_503, asked.begun, asked.ended)) return true;
  const bool had_time = asked.ended - asked.begun >= promise_.response;
  return had_time && was(instance, Trouble::hanging, asked.begun, asked.ended);
}

bool FleetModel::could_be_saved(const Asked& asked) const {
  if (asked.verb == Verb::post) return false;
  bool somebody_was_well = false;
  std::uint64_t costs = 0;
  for (const auto& instance : instances_) {
    somebody_was_well = somebody_was_well || was_well(*instance, asked);
    costs += may_have_cost_an_attempt(*instance, asked) ? 1 : 0;
  }
  return somebody_was_well && costs < promise_.attempts;
}

std::string FleetModel::complaint(const Asked& asked) const {
  std::size_t done = 0;
  bool was_answered_500 = false;
  bool was_answered_200 = false;
  for (const auto& instance : instances_) {
    std::vector<std::size_t> lives;
    for (const FailingInstance::Deed& deed : instance->deeds()) {
      if (deed.id != asked.id) continue;
      ++done;
      was_answered_500 = was_answered_500 || deed.status == 500;
      was_answered_200 = was_answered_200 || (deed.status == 200 && deed.is_complete);
      if (std::ranges::count(lives, deed.life) > 0) return "the same instance got it twice";
      lives.push_back(deed.life);
    }
  }
  if (asked.verb == Verb::post && done > 1) return "a POST was processed twice";
  if (asked.status == 200 && !was_answered_200) return "nobody has answered it, but it was answered";
  if (asked.status == 200 && asked.answer != asked.id) return fmt::format("the answer of {} was given to it", asked.answer);
  // 500 is an answer like others: who gave it may have done half of something.
  if (asked.status == 500 && was_answered_500) return {};
  if (asked.status != 200 && could_be_saved(asked)) return fmt::format("{} although it could have been saved", asked.status);
  return {};
}

}  // namespace rota::test
