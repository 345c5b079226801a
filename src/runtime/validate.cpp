#include <cmath>
#include <set>

#include "core/counted.h"
#include "floatsd/runtime/program.h"
#include "runtime/operators/operator_kind.h"
#include "runtime/refuse.h"

namespace floatsd::runtime {
namespace {

void check_qparams(const std::string& name, const QParams& qparams) {
  require(std::isfinite(qparams.scale) && qparams.scale > 0, name,
          "scale " + std::to_string(qparams.scale) + ", expected a positive number");
  require(qparams.zero_point >= kMinCode && qparams.zero_point <= kMaxCode, name,
          "zero point " + std::to_string(qparams.zero_point) + ", expected 0 to 255");
}

void check_normalization(const Program& program) {
  const auto& [mean, deviation] = program.normalization;
  const auto channels = static_cast<size_t>(program.input_shape.channels);
  require(mean.size() == deviation.size() && (mean.empty() || mean.size() == channels), "input",
          std::to_string(mean.size()) + " means and " + std::to_string(deviation.size()) +
              " deviations, expected " + std::to_string(channels) + " of each or none");
  for (size_t c = 0; c < mean.size(); ++c) {
    require(std::isfinite(mean[c]) && std::isfinite(deviation[c]) && deviation[c] > 0, "input",
            "mean " + std::to_string(mean[c]) + " and deviation " + std::to_string(deviation[c]) +
                ", expected finite numbers, the deviation positive");
  }
}

void check_class_names(const Program& program, const ActivationShape& output) {
  const int64_t names = std::ssize(program.class_names);
  require(names == 0 || names == output.size(), "classes",
          counted(names, "name") + " for " + counted(output.size(), "output"));
}

}  // namespace

std::vector<int64_t> accumulator_bounds(const Program& program) {
  const std::vector<ActivationShape> shapes = output_shapes(program);
  std::vector<int64_t> bounds;
  for (const Op& op : program.ops) {
    bounds.push_back(
        kind_of(op).accumulator_bound({program, op, input_shapes(program, op, shapes)}));
  }
  return bounds;
}

void validate(const Program& program) {
  require(!program.ops.empty(), "program", "it has no operators");
  const std::vector<ActivationShape> shapes = output_shapes(program);
  check_qparams("input", program.input);
  const auto entries = static_cast<size_t>(program.input_shape.channels * (kMaxCode + 1));
  require(program.input_table.empty() || program.input_table.size() == entries, "input",
          "a table of " + std::to_string(program.input_table.size()) + " codes, expected " +
              std::to_string(entries));
  check_normalization(program);
  check_class_names(program, shapes.back());
  std::set<std::string> names;
  for (const Op& op : program.ops) {
    require(names.insert(op.name).second, op.name, "two operators have this name");
    check_qparams(op.name, output_qparams(program, op));
    const Place place{program, op, input_shapes(program, op, shapes)};
    kind_of(op).check_numbers(place);
    const int64_t bound = kind_of(op).accumulator_bound(place);
    require(bound < kAccumulatorLimit, op.name,
            "its accumulator can reach " + std::to_string(bound) + ", expected less than 2^31");
  }
}

}  // namespace floatsd::runtime
