#include <algorithm>
#include <iomanip>
#include <locale>
#include <sstream>

#include "core/shortest_decimal.h"
#include "emit/c/identifier.h"
#include "emit/c/network.h"
#include "emit/c/rounding.h"

namespace floatsd::emit::c {
namespace {

Rounding rounding_of_layers(const runtime::Program& program) {
  std::vector<FixedPoint> multipliers;
  for (const runtime::Op& op : program.ops) {
    if (const Requantize* by = runtime::requantization(op)) {
      multipliers.insert(multipliers.end(), by->multipliers.begin(), by->multipliers.end());
    }
  }
  return rounding_of(multipliers);
}

std::string place(const char* array, int64_t offset) {
  return offset == 0 ? array : array + (" + " + std::to_string(offset));
}

/// Finds each operator's site, in the program's order.
class Surveyor {
 public:
  Surveyor(const runtime::Program& program, const Arena& arena)
      : program_(program),
        arena_(arena),
        shapes_(runtime::output_shapes(program)),
        rounding_(rounding_of_layers(program)) {}

  Site site(size_t i) {
    const runtime::Op& op = program_.ops[i];
    Site site{.id = ids_.take(op.name),
              .out = shapes_[i],
              .out_qparams = runtime::output_qparams(program_, op),
              .output = output(static_cast<int>(i)),
              .rounding = rounding_};
    for (size_t input = 0; input < op.inputs.size(); ++input) {
      site.in.push_back(runtime::input_shape(program_, op, shapes_, input));
      site.in_qparams.push_back(runtime::input_qparams(program_, op, input));
      site.inputs.push_back(output(op.inputs[input]));
    }
    if (const auto sums = arena_.sums[i]) {
      site.sums = place("arena", *sums / static_cast<int64_t>(sizeof(int32_t)));
    }
    if (const runtime::Weights* weights = runtime::weights(op)) {
      site.format = format(weights->format);
    }
    return site;
  }

 private:
  [[nodiscard]] std::string output(int op) const {
    if (op == runtime::kNetworkInput) {
      return arena_.input ? place("bytes", *arena_.input) : "image";
    }
    return arena_.outputs[op] ? place("bytes", *arena_.outputs[op]) : "codes";
  }

  std::string format(const std::string& name) {
    const auto known = std::find_if(formats_.begin(), formats_.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    return known != formats_.end() ? known->second
                                   : formats_.emplace_back(name, format_ids_.take(name)).second;
  }

  const runtime::Program& program_;
  const Arena& arena_;
  std::vector<ActivationShape> shapes_;
  Rounding rounding_;
  Identifiers ids_{{"add", "trace"}};  ///< add_window and trace_layer are functions
  Identifiers format_ids_;
  std::vector<std::pair<std::string, std::string>> formats_;  ///< name and identifier
};

std::string decimal(float value) {
  std::ostringstream text;
  text.imbue(std::locale::classic());
  text << std::setprecision(9) << shortest_decimal(value);
  return text.str();
}

std::string comment(const runtime::Op& op, const OperatorC& c, const Site& site) {
  std::string inputs;
  for (const ActivationShape& in : site.in) {
    inputs += (inputs.empty() ? "" : ", ") + to_string(in);
  }
  return in_comment(op.name) + ": " + c.title + "\n * " + inputs + " -> " + to_string(site.out) +
         ", output scale " + decimal(site.out_qparams.scale) + ", zero point " +
         std::to_string(site.out_qparams.zero_point);
}

Layer lay_out(const runtime::Op& op, const Site& site) {
  Layer layer{
      .c = std::visit([&](const auto& body) { return write_operator(body, site); }, op.body),
      .output = site.output,
      .size = site.out.size()};
  layer.comment = comment(op, layer.c, site);
  return layer;
}

}  // namespace

Network lay_out(const runtime::Program& program) {
  Network network{
      .name = file_name(program.network), .program = program, .arena = plan_arena(program)};
  Surveyor surveyor(program, network.arena);
  for (size_t i = 0; i < program.ops.size(); ++i) {
    network.layers.push_back(lay_out(program.ops[i], surveyor.site(i)));
  }
  return network;
}

}  // namespace floatsd::emit::c
