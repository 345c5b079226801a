#include "floatsd/train/evaluate.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <string>

#include "core/share_out.h"
#include "floatsd/core/error.h"
#include "floatsd/nn/graph.h"
#include "nn/pixels.h"
#include "train/finite.h"

namespace floatsd::train {
namespace {

constexpr int64_t kBatch = 100;

int64_t count_correct(nn::Graph& graph, const data::Dataset& dataset,
                      const std::vector<quant::Pass>& passes, const Communicator& ranks,
                      const OnProgress& on_progress) {
  const at::NoGradGuard no_grad;
  const std::vector<ImageBatch> batches = batches_of_rank(dataset.count, kBatch, ranks);
  int64_t correct = 0;
  Work work(on_progress, "evaluate", "images", images_in(batches));
  for (const auto& [begin, end] : batches) {
    const at::Tensor pixels = nn::pixels(dataset, begin, end);
    const at::Tensor logits = graph.forward(pixels, passes);
    if (!at::isfinite(logits).all().item<bool>()) {
      throw Diverged(graph.network() + ": " + find_not_finite(graph, pixels, passes));
    }
    const at::Tensor classes = classify(logits).contiguous();
    const auto* predicted = classes.const_data_ptr<int64_t>();
    for (int64_t i = begin; i < end; ++i) {
      correct += predicted[i - begin] == dataset.labels[i] ? 1 : 0;
    }
    work.advance(end - begin);
  }
  return correct;
}

void check(const nn::Graph& graph, const data::Dataset& dataset,
           const std::vector<quant::Pass>& passes) {
  nn::check_labelled_images(graph, dataset);
  if (std::find(passes.begin(), passes.end(), quant::Pass::kInteger) != passes.end()) {
    nn::check_has_ranges(graph);
  }
}

}  // namespace

double Accuracy::percent() const {
  return total == 0 ? 0.0 : 100.0 * static_cast<double>(correct) / static_cast<double>(total);
}

at::Tensor classify(const at::Tensor& logits) {
  // argmax leaves open which of equal values it picks; the first occurrence of the maximum is ours.
  const at::Tensor is_max = logits == logits.amax(1, /*keepdim=*/true);
  return is_max.to(at::kByte).argmax(1);
}

Accuracy evaluate(nn::Graph& graph, const data::Dataset& dataset, quant::Pass pass,
                  const OnProgress& on_progress) {
  return evaluate(graph, dataset, std::vector(graph.nodes().size(), pass), on_progress);
}

Accuracy evaluate(nn::Graph& graph, const data::Dataset& dataset,
                  const std::vector<quant::Pass>& passes, const OnProgress& on_progress) {
  check(graph, dataset, passes);
  return {.correct = count_correct(graph, dataset, passes, Alone(), on_progress),
          .total = dataset.count};
}

Accuracy evaluate(nn::Graph& graph, const data::Dataset& dataset, quant::Pass pass,
                  Communicator& ranks, const OnProgress& on_progress) {
  int64_t correct = 0;
  agree(ranks, [&] {
    const std::vector passes(graph.nodes().size(), pass);
    check(graph, dataset, passes);
    correct = count_correct(graph, dataset, passes, ranks, on_progress);
  });
  sum_over_ranks(ranks, {&correct, 1});
  return {.correct = correct, .total = dataset.count};
}

}  // namespace floatsd::train
