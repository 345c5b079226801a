#include "models/cifar10_input.h"

namespace floatsd::models {

nn::InputSpec cifar10_input() {
  return {.channels = 3,
          .height = 32,
          .width = 32,
          .mean = {0.4914F, 0.4822F, 0.4465F},
          .deviation = {0.2470F, 0.2435F, 0.2616F}};
}

}  // namespace floatsd::models
