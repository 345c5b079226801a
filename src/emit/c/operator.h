#pragma once
// Operator: one operator of the network as C. Each kind has a file of its own; a new kind declares
// its function here.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "floatsd/emit/c_source.h"
#include "floatsd/runtime/program.h"

namespace floatsd::emit::c {

/// How the network makes codes of sums.
enum class Rounding {
  kShift,     ///< every multiplier is a power of two or 0
  kMultiply,  ///< one multiplication a value
};

/// Where an operator stands and what surrounds it.
struct Site {
  std::string id;  ///< the operator's name in C, different from all others
  std::vector<ActivationShape> in;
  ActivationShape out;
  std::vector<QParams> in_qparams;
  QParams out_qparams;
  /// C expressions: pointers to codes, pixel by pixel with their channels side by side, and to
  /// 32-bit sums (arena.h).
  std::vector<std::string> inputs;
  std::string output, sums;
  Rounding rounding = Rounding::kMultiply;  ///< of all layers with weights
  std::string format;                       ///< of its weights, as an identifier
};

/// An operator's parts of the C file.
struct OperatorC {
  std::vector<std::string> functions;  ///< shared ones, callees first; equal ones are written once
  std::string title;                   ///< "convolution 5 x 5, ReLU", as a comment may have it
  std::string definitions;             ///< its own constants and functions
  std::string call;                    ///< statements, each a line; "" if there is nothing to do
  int64_t weight_bytes = 0;            ///< packed
  int64_t other_bytes = 0;             ///< biases, multipliers, shifts
  std::map<std::string, int64_t> tables;  ///< bytes of those in shared functions, by their names
  COperations operations;                 ///< an image
};

OperatorC write_operator(const runtime::Conv2d& conv, const Site& site);
OperatorC write_operator(const runtime::Linear& linear, const Site& site);
OperatorC write_operator(const runtime::Add& add, const Site& site);
OperatorC write_operator(const runtime::GlobalAveragePool& pool, const Site& site);
OperatorC write_operator(const runtime::Downsample& downsample, const Site& site);
OperatorC write_operator(const runtime::Concat& concat, const Site& site);
OperatorC write_operator(const runtime::MaxPool& pool, const Site& site);
OperatorC write_operator(const runtime::AveragePool& pool, const Site& site);
OperatorC write_operator(const runtime::Flatten& flatten, const Site& site);
OperatorC write_operator(const runtime::Clamp& clamp, const Site& site);

/// "floatsd4 per channel", "3 x 2".
std::string describe(const runtime::Weights& weights);
std::string describe(const Extent& size);

/// ", ReLU", ", ReLU6", or "" if codes end at neither, of a Requantize or an AddRequantize.
template <typename By>
std::string activation(const By& by) {
  if (by.upper < kMaxCode) {
    return ", ReLU6";
  }
  return by.relu ? ", ReLU" : "";
}

}  // namespace floatsd::emit::c
