#include "floatsd/nn/zoo.h"

#include <array>

#include "floatsd/core/error.h"
#include "floatsd/core/suggest.h"
#include "floatsd/nn/lenet.h"

namespace floatsd::nn {

Graph make_network(std::string_view name) {
  static const std::array<std::string, 1> kNames = {"lenet"};
  if (name == kNames[0]) {
    return lenet();
  }
  throw Error("network '" + std::string(name) + "' is unknown" + suggest(name, kNames));
}

}  // namespace floatsd::nn
