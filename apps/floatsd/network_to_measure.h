#pragma once
// Network to measure: a network from the file that a user names, and what it is as checksums.

#include <array>
#include <string>

#include "check/facts.h"
#include "shared_flags.h"
#include "workflow/measure.h"

namespace floatsd::app {

struct OpenedNetwork {
  workflow::NetworkToMeasure network;
  DatasetFlags dataset;  ///< as it was given; else what a checkpoint was trained on
};

/// A model file or a checkpoint. Throws Error.
OpenedNetwork open_network(const std::string& path, const DatasetFlags& given);

/// [C, H, W] of the images that it reads.
std::array<int64_t, 3> image_shape(const workflow::NetworkToMeasure& network);

/// The SHA-256 of each of its parts (workflow::parts), and of their names and checksums.
check::Fingerprint fingerprint(const workflow::NetworkToMeasure& network);

}  // namespace floatsd::app
