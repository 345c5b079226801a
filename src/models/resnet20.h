#pragma once
// ResNet-20 for small colour images (He et al. 2015, section 4.2).

#include <string_view>
#include <vector>

#include "floatsd/models/network_options.h"
#include "floatsd/models/zoo.h"
#include "floatsd/nn/architecture.h"

namespace floatsd::models {

/// stem 3x3 3->16; layers.0 ... layers.8, each conv1 3x3, conv2 3x3 and an addition, three at each
/// of the widths 16, 32, 64, the first of the latter two with stride 2 and the shortcut without
/// parameters (option A); pool; classifier ->classes. The known input is CIFAR-10's.
nn::Architecture resnet20(std::string_view name, const NetworkOptions& options);

/// The names of akamaster/pytorch_resnet_cifar10's ResNet-20.
std::vector<PublishedPrefix> resnet20_published_prefixes();

}  // namespace floatsd::models
