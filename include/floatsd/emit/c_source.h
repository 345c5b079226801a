#pragma once
// C source: the integer network as C99 that any compiler takes: no memory from a heap, no floating
// point, no library. It computes the codes of the interpreter (docs/c_export.md).

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "floatsd/core/progress.h"
#include "floatsd/runtime/program.h"

namespace floatsd::emit {

/// Arithmetic on values. What finds places, unpacks weights, compares and copies is not counted.
struct COperations {
  int64_t multiplications = 0, shifts = 0, additions = 0;  ///< subtractions are additions

  COperations& operator+=(const COperations& other);
  friend COperations operator*(int64_t times, COperations operations);
  bool operator==(const COperations&) const = default;
};

/// What the C needs of a machine beside its instructions.
struct CFootprint {
  int64_t weight_bytes = 0;    ///< packed weights
  int64_t constant_bytes = 0;  ///< biases, multipliers, shifts, the input table
  int64_t arena_bytes = 0;     ///< activations and sums
  COperations operations;  ///< an image; at most, as an input value that stands for 0 is skipped
};

struct CSource {
  std::string name;    ///< the network's name as an identifier of C
  std::string header;  ///< NAME.h
  std::string source;  ///< NAME.c
  std::string test;    ///< NAME_test.c, which compares codes with the interpreter's; or empty
  CFootprint footprint;
};

/// The network as C. `images`, pixel bytes [N, C, H, W], and the codes that the interpreter has for
/// them stand in the test; without images there is none. Requires a valid program; throws Error if
/// `images` is no whole number of images.
CSource c_source(const runtime::Program& program, std::span<const uint8_t> images,
                 const OnProgress& on_progress = {});

/// What an image takes in each operator, in the program's order; footprint.operations is their sum.
/// Requires a valid program.
std::vector<COperations> c_operations(const runtime::Program& program);

/// Writes the three files into `folder`, which is made if it is not there. Throws Error naming the
/// path that cannot be written.
void write_c_source(const CSource& c, const std::filesystem::path& folder);

}  // namespace floatsd::emit
