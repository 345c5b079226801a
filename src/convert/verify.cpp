#include "floatsd/convert/verify.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "core/share_out.h"
#include "data/pieces.h"
#include "floatsd/core/error.h"
#include "floatsd/nn/graph.h"
#include "nn/pixels.h"

namespace floatsd::convert {
namespace {

constexpr int64_t kBatch = 100;

/// Adds one batch of a layer.
void compare(const at::Tensor& prepared, std::span<const uint8_t> integer, LayerComparison& into) {
  if (prepared.numel() != static_cast<int64_t>(integer.size())) {
    throw Error(into.name + ": " + std::to_string(prepared.numel()) +
                " outputs in the prepared network, " + std::to_string(integer.size()) +
                " in the integer network");
  }
  const at::Tensor codes = prepared.contiguous();
  const auto* code = codes.const_data_ptr<uint8_t>();
  for (size_t i = 0; i < integer.size(); ++i) {
    const int difference = std::abs(int{code[i]} - int{integer[i]});
    into.mismatches += difference != 0 ? 1 : 0;
    into.largest = std::max(into.largest, difference);
  }
  into.codes += prepared.numel();
}

int64_t count_correct(std::span<const uint8_t> codes, std::span<const uint16_t> labels) {
  const size_t classes = codes.size() / labels.size();
  int64_t correct = 0;
  for (size_t i = 0; i < labels.size(); ++i) {
    const auto row = codes.subspan(i * classes, classes);
    const auto best =
        std::max_element(row.begin(), row.end()) - row.begin();  // the first of equals
    correct += best == labels[i] ? 1 : 0;
  }
  return correct;
}

/// The same, from the prepared network's codes; written apart from the above on purpose.
int64_t count_correct(const at::Tensor& codes, std::span<const uint16_t> labels) {
  const auto rows = codes.accessor<uint8_t, 2>();
  int64_t correct = 0;
  for (int64_t i = 0; i < rows.size(0); ++i) {
    int64_t best = 0;
    for (int64_t c = 1; c < rows.size(1); ++c) {
      best = rows[i][c] > rows[i][best] ? c : best;
    }
    correct += best == labels[static_cast<size_t>(i)] ? 1 : 0;
  }
  return correct;
}

/// Nothing compared yet.
std::vector<LayerComparison> layers_of(const nn::Graph& graph, const runtime::Program& program) {
  const nn::InputSpec& input = graph.input();
  const ActivationShape images = {input.channels, input.height, input.width};
  if (images != program.input_shape) {
    throw Error("verify: the prepared network reads images of " + to_string(images) +
                ", the integer network of " + to_string(program.input_shape));
  }
  const auto& ops = program.ops;
  const auto& nodes = graph.nodes();
  std::vector<LayerComparison> layers;
  for (size_t i = 0; i < std::max(ops.size(), nodes.size()); ++i) {
    if (i >= ops.size() || i >= nodes.size() || ops[i].name != nodes[i].name) {
      throw Error("verify: layer " + std::to_string(i) + " is '" +
                  (i < nodes.size() ? nodes[i].name : "") + "' in the prepared network and '" +
                  (i < ops.size() ? ops[i].name : "") + "' in the integer network");
    }
    layers.push_back({.name = ops[i].name});
  }
  return layers;
}

/// Adds this rank's batches.
void compare_batches(nn::Graph& graph, const runtime::Interpreter& integer,
                     const data::Dataset& dataset, int threads, const Communicator& ranks,
                     const OnProgress& on_progress, Verification& result) {
  const at::NoGradGuard no_grad;
  const std::vector<ImageBatch> batches = batches_of_rank(dataset.count, kBatch, ranks);
  Work work(on_progress, "verify", "images", images_in(batches));
  const std::span<const uint16_t> labels = dataset.labels;
  for (const ImageBatch& batch : batches) {
    const auto batch_labels = labels.subspan(batch.begin, batch.size());
    const auto codes =
        integer.run_layers(data::pixel_bytes(dataset, batch.begin, batch.end), threads);
    size_t layer = 0;
    graph.forward(nn::pixels(dataset, batch.begin, batch.end), quant::Pass::kInteger,
                  [&](const nn::Node&, const ops::Signal& signal) {
                    compare(signal.codes.bytes, codes[layer], result.layers[layer]);
                    ++layer;
                    if (layer == codes.size()) {
                      result.prepared_correct += count_correct(signal.codes.bytes, batch_labels);
                    }
                  });
    result.integer_correct += count_correct(codes.back(), batch_labels);
    work.advance(batch.size());
  }
}

/// What all ranks have compared.
void add_up(Communicator& ranks, Verification& result) {
  std::vector<int64_t> counts = {result.prepared_correct, result.integer_correct};
  std::vector<float> largest;
  for (const LayerComparison& layer : result.layers) {
    counts.insert(counts.end(), {layer.codes, layer.mismatches});
    largest.push_back(static_cast<float>(layer.largest));
  }
  sum_over_ranks(ranks, counts);
  max_over_ranks(ranks, largest);
  result.prepared_correct = counts[0];
  result.integer_correct = counts[1];
  for (size_t i = 0; i < result.layers.size(); ++i) {
    LayerComparison& layer = result.layers[i];
    layer.codes = counts[2 + 2 * i];
    layer.mismatches = counts[3 + 2 * i];
    layer.largest = static_cast<int>(largest[i]);
  }
}

}  // namespace

int64_t Verification::mismatches() const {
  int64_t sum = 0;
  for (const LayerComparison& layer : layers) {
    sum += layer.mismatches;
  }
  return sum;
}

Verification verify(nn::Graph& graph, const runtime::Interpreter& integer,
                    const data::Dataset& dataset, int threads, const OnProgress& on_progress) {
  Alone alone;
  return verify(graph, integer, dataset, threads, alone, on_progress);
}

Verification verify(nn::Graph& graph, const runtime::Interpreter& integer,
                    const data::Dataset& dataset, int threads, Communicator& ranks,
                    const OnProgress& on_progress) {
  Verification result{.images = dataset.count};
  agree(ranks, [&] {
    nn::check_has_ranges(graph);
    nn::check_labelled_images(graph, dataset);
    result.layers = layers_of(graph, integer.program());
    compare_batches(graph, integer, dataset, threads, ranks, on_progress, result);
  });
  add_up(ranks, result);
  return result;
}

}  // namespace floatsd::convert
