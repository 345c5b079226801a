#pragma once
// MobileNetV2 for small colour images (Sandler et al. 2018, with the strides that the widely cited
// CIFAR-10 implementations use).

#include <string_view>
#include <vector>

#include "floatsd/models/network_options.h"
#include "floatsd/models/zoo.h"
#include "floatsd/nn/architecture.h"

namespace floatsd::models {

/// Which blocks add their input to their output.
enum class Residual {
  kIdentity,  ///< stride 1 and equal widths; the first block has no expansion (52 convolutions)
  kShortcut,  ///< every block of stride 1, by a 1x1 convolution + batch norm where the width
              ///< changes; every block has its expansion
};

/// stem 3x3 3->32; features.0 ... features.16, each expand 1x1, depthwise 3x3, project 1x1, with
/// expansions 1,6,6,6,6,6,6, widths 16,24,32,64,96,160,320, 1,2,3,4,3,3,1 blocks each and strides
/// 1,1,2,2,1,2,1; head 1x1 ->1280; pool; classifier ->classes. The known input is CIFAR-10's
/// (models/cifar10_input.h).
nn::Architecture mobilenet_v2(std::string_view name, Residual residual,
                              const NetworkOptions& options);

/// The names of kuangliu/pytorch-cifar's MobileNetV2 (Residual::kShortcut).
std::vector<PublishedPrefix> mobilenet_v2_published_prefixes();

}  // namespace floatsd::models
