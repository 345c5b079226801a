// A file of tensors, of the kind that its first bytes say: a checkpoint or state dict in
// torch.save's zip archive or in its old format, safetensors, .npz.

#include "reads.h"
#include "serialize/tensor_file.h"

using namespace floatsd;

bool fuzz::reads(std::string_view bytes) {
  return accepts([&] {
    serialize::parse_tensor_file({serialize::file_kind(bytes), std::string(bytes)}, "tensors");
  });
}
