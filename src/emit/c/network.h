#pragma once
// Network: the parts of a program's C, before they are put into files.

#include <cstdint>
#include <string>
#include <vector>

#include "emit/c/arena.h"
#include "emit/c/operator.h"
#include "floatsd/runtime/program.h"

namespace floatsd::emit::c {

/// An operator's C with what a comment says about it.
struct Layer {
  OperatorC c;
  std::string comment;  ///< name, title, shapes, scale
  std::string output;   ///< the C expression of its codes
  int64_t size = 0;     ///< codes
};

struct Network {
  std::string name;  ///< as an identifier
  const runtime::Program& program;
  Arena arena;
  std::vector<Layer> layers;
};

/// Keeps a reference to `program`.
Network lay_out(const runtime::Program& program);

/// NAME.h, NAME.c.
std::string header_text(const Network& network);
std::string source_text(const Network& network);

/// NAME_test.c: `images` lie in it [N, H, W, C], with the network's output codes.
std::string test_text(const Network& network, const std::vector<uint8_t>& images,
                      const std::vector<uint8_t>& codes);

}  // namespace floatsd::emit::c
