// What `rota status` prints: the API's answers as a table for people. Whatever stands in them is shown as text that no terminal obeys.
#pragma once

#include <expected>
#include <nlohmann/json.hpp>
#include <string>

namespace rota {

struct StatusAnswers {
  nlohmann::json overview;   // of /api/v1/overview
  nlohmann::json services;   // of /api/v1/services
  nlohmann::json instances;  // of /api/v1/instances
};

// Nothing but these was expected, so an answer of another shape is an error.
std::expected<std::string, std::string> status_text(const StatusAnswers& answers, bool colours);

}  // namespace rota
