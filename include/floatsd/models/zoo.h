#pragma once
// Zoo: the networks that a config can name, and the names that published checkpoints give their
// tensors.

#include <string>
#include <string_view>
#include <vector>

#include "floatsd/models/network_options.h"
#include "floatsd/nn/architecture.h"

namespace floatsd::models {

/// The architecture of that name, for the input and the number of classes that `options` say.
///
/// `name` is a network and its options, separated by colons: "lenet", "mobilenetv2",
/// "mobilenetv2-shortcut:width=0.5:relu6", "resnet20". Options: width=W multiplies the channels of
/// all layers but the last (MobileNetV2's head never gets fewer than 1280); relu6 for ReLU.
/// Throws Error, with a suggestion, if a name or an option is unknown, if the network has not the
/// option, and with the node's name if the images are too small for the network.
nn::Architecture make_architecture(std::string_view name, NetworkOptions options = {});

/// The networks' names, without options.
std::vector<std::string> network_names();

/// The part of a tensor's name that another program's checkpoint writes differently:
/// `ours` begins our name, up to a dot.
struct PublishedPrefix {
  std::string ours, theirs;
};

/// Our tensor name as kuangliu/pytorch-cifar (mobilenetv2-shortcut) or
/// akamaster/pytorch_resnet_cifar10 (resnet20) writes it (the longest prefix wins); the name itself
/// if there is none, or the network is none of the zoo.
std::string published_name(std::string_view network, const std::string& ours);

}  // namespace floatsd::models
