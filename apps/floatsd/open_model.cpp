#include "open_model.h"

#include "floatsd/runtime/model_file.h"
#include "serialize/wanted_file.h"

namespace floatsd::app {

runtime::Program open_model(const std::string& path) {
  return runtime::parse_model(serialize::read_wanted(path, serialize::Wanted::kModel).bytes, path);
}

}  // namespace floatsd::app
