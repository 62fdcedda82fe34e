// What is wrong with a config though each of its values is right: keys that contradict each other. Each finding stands where the layer that had the last word
// said it.
#pragma once

#include "config/config.h"
#include "config/environment.h"
#include "config/yaml.h"

namespace rota {

struct Layers {
  const YamlNode* file;  // its root; nullptr where there is none
  const Environment& environment;
  bool is_admin_flag;  // the admin's address is a flag's
};

// To be asked where every value could be read.
void check_together(const Config& config, const Layers& layers, Report& errors, Report& warnings);

}  // namespace rota
