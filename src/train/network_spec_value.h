#pragma once
// A network spec as a checkpoint keeps it.

#include "floatsd/serialize/field.h"
#include "floatsd/serialize/value.h"
#include "floatsd/train/network_spec.h"

namespace floatsd::train {

/// The dict that network_spec_from reads.
serialize::Dict to_dict(const NetworkSpec& spec);
/// Throws Error naming what is missing or wrong. Checkpoints from before architectures were values
/// have the name of a network of the zoo instead.
NetworkSpec network_spec_from(const serialize::Field& dict);

}  // namespace floatsd::train
