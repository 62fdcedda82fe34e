// A run that is over, told as JSON for programs and in a few lines for people.
#pragma once

#include <string>

#include "check.h"
#include "outcome.h"
#include "summary.h"

namespace load {

std::string json_of(const Outcome& outcome, const Summary& summary, const Check& check);
std::string text_of(const Outcome& outcome, const Summary& summary, const Check& check);

}  // namespace load
