// write_sample_model OUT: saves a small network and prints its layers with weights as JSON, for
// model_file_test.py. The JSON is spelled out here, so that it owes nothing to the model file's.

#include <iomanip>
#include <iostream>
#include <limits>

#include "floatsd/runtime/model_file.h"
#include "sample_program.h"

namespace {

template <typename T>
void print_list(const char* key, const std::vector<T>& values) {
  std::cout << ", \"" << key << "\": [";
  const char* separator = "";
  for (const T& value : values) {
    std::cout << separator << +value;
    separator = ", ";
  }
  std::cout << "]";
}

void print(const floatsd::runtime::Op& op) {
  const floatsd::runtime::Weights& w = *weights(op);
  const floatsd::Requantize& requantize = *requantization(op);
  std::vector<int32_t> multipliers;
  std::vector<int32_t> shifts;
  for (const floatsd::FixedPoint& m : requantize.multipliers) {
    multipliers.push_back(m.multiplier);
    shifts.push_back(m.shift);
  }
  std::cout << "{\"name\": \"" << op.name << "\", \"format\": \"" << w.format << "\"";
  print_list("shape", w.shape);
  print_list("levels", w.levels);
  print_list("scales", w.scales);
  print_list("bias", requantize.bias);
  print_list("multipliers", multipliers);
  print_list("shifts", shifts);
  std::cout << ", \"output_scale\": " << requantize.output.scale
            << ", \"output_zero_point\": " << requantize.output.zero_point << "}";
}

}  // namespace

int main(int, char** argv) {
  const floatsd::runtime::Program program = sample::residual(1);
  floatsd::runtime::save_model(program, argv[1]);
  std::cout << std::setprecision(std::numeric_limits<double>::max_digits10) << "[";
  const char* separator = "";
  for (const floatsd::runtime::Op& op : program.ops) {
    if (weights(op) != nullptr) {
      std::cout << separator;
      print(op);
      separator = ",\n";
    }
  }
  std::cout << "]\n";
}
