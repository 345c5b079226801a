#include "emit/c/weight_order.h"

#include "floatsd/core/codebook.h"

namespace floatsd::emit::c {
namespace {

/// Packs the rows: level(tap, group, input, output).
template <typename Level>
void pack_rows(const Codebook& codebook, const Level& level, WeightRows& rows) {
  std::vector<int16_t> row;
  const auto end_row = [&] {
    const std::vector<uint8_t> bytes = pack(codebook, row);
    rows.bytes.insert(rows.bytes.end(), bytes.begin(), bytes.end());
    row.clear();
  };
  for (int64_t tap = 0; tap < rows.taps; ++tap) {
    for (int64_t group = 0; group < rows.groups; ++group) {
      for (int64_t input = 0; input < rows.inputs; ++input) {
        for (int64_t output = 0; output < rows.outputs; ++output) {
          row.push_back(level(tap, group, input, output));
        }
        if (!rows.is_depthwise()) {
          end_row();
        }
      }
    }
    if (rows.is_depthwise()) {
      end_row();
    }
  }
  const int64_t row_count = rows.is_depthwise() ? 1 : rows.groups * rows.inputs;
  rows.tap_bytes = static_cast<int64_t>(rows.bytes.size()) / rows.taps;
  rows.row_bytes = rows.tap_bytes / row_count;
}

}  // namespace

WeightRows weight_rows(const runtime::Conv2d& conv) {
  const runtime::Weights& weights = conv.weights;
  WeightRows rows{.taps = weights.shape[2] * weights.shape[3],
                  .groups = conv.groups,
                  .inputs = weights.shape[1],
                  .outputs = weights.shape[0] / conv.groups};
  const auto level = [&](int64_t tap, int64_t group, int64_t input, int64_t output) {
    return weights
        .levels[((group * rows.outputs + output) * rows.inputs + input) * rows.taps + tap];
  };
  pack_rows(find_codebook(weights.format), level, rows);
  return rows;
}

WeightRows weight_rows(const runtime::Linear& linear, const ActivationShape& in) {
  const runtime::Weights& weights = linear.weights;
  WeightRows rows{.inputs = weights.shape[1], .outputs = weights.shape[0]};
  const int64_t pixels = in.height * in.width;
  const auto level = [&](int64_t /*tap*/, int64_t /*group*/, int64_t input, int64_t output) {
    const int64_t channel = input % in.channels;
    const int64_t pixel = input / in.channels;
    return weights.levels[output * rows.inputs + channel * pixels + pixel];
  };
  pack_rows(find_codebook(weights.format), level, rows);
  return rows;
}

}  // namespace floatsd::emit::c
