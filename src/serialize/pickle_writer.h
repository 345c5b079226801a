#pragma once
// A Value as a pickle of protocol 2 that Python's torch.load takes for one of torch.save's own.

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "floatsd/serialize/value.h"

namespace floatsd::serialize {

struct Pickle {
  std::string bytes;
  /// On the CPU; the pickle calls them "0", "1" ..., and wants their values contiguous.
  std::vector<at::Tensor> storages;
};

/// Throws Error if the value holds a tensor that a torch file does not (see save_torch_file).
Pickle write_pickle(const Value& value);

}  // namespace floatsd::serialize
