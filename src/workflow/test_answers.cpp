#include "workflow/test_answers.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "data/class_names.h"
#include "data/pieces.h"
#include "floatsd/core/error.h"
#include "images/resize.h"
#include "nn/pixels.h"

namespace floatsd::workflow {
namespace {

constexpr size_t kMostMistakes = 12;
constexpr int64_t kImagesAtOnce = 100;
constexpr int64_t kLongestSide = 96;  // of a picture

/// The picture of a test image, reduced if it is large; grey if it has not three channels.
images::Image picture_of(const data::Dataset& dataset, int64_t image) {
  const auto bytes = static_cast<size_t>(dataset.image_size());
  const auto planes = std::span(dataset.images).subspan(static_cast<size_t>(image) * bytes, bytes);
  images::ImageSize size{dataset.height, dataset.width};
  std::vector<uint8_t> reduced(planes.begin(), planes.end());
  const int64_t longest = std::max(size.height, size.width);
  if (longest > kLongestSide) {
    const images::ImageSize smaller{std::max<int64_t>(1, size.height * kLongestSide / longest),
                                    std::max<int64_t>(1, size.width * kLongestSide / longest)};
    reduced = images::resize(planes, dataset.channels, size, smaller);
    size = smaller;
  }
  const int64_t channels = dataset.channels == 3 ? 3 : 1;
  images::Image picture{{size, channels}, {}};
  const int64_t pixels = size.height * size.width;
  for (int64_t pixel = 0; pixel < pixels; ++pixel) {
    for (int64_t channel = 0; channel < channels; ++channel) {
      picture.pixels.push_back(reduced[static_cast<size_t>(channel * pixels + pixel)]);
    }
  }
  return picture;
}

/// Counts answers and keeps the surest mistakes.
class Tally {
 public:
  Tally(const char* network, const data::Dataset& images) : images_(images) {
    answers_.network = network;
  }

  /// Of the next image; the lowest class at a tie.
  void add(std::span<const double> logits) {
    const int64_t image = answers_.total++;
    const auto best = std::max_element(logits.begin(), logits.end());
    const auto answer = static_cast<int>(best - logits.begin());
    const int label = images_.labels[static_cast<size_t>(image)];
    ++answers_.counts[{label, answer}];
    if (answer == label) {
      ++answers_.correct;
      return;
    }
    double sum = 0;
    for (const double logit : logits) {
      sum += std::exp(logit - *best);
    }
    answers_.mistakes.push_back(
        {.image = image, .label = label, .answer = answer, .probability = 1 / sum});
  }

  report::Answers take() {
    std::vector<report::Mistake>& mistakes = answers_.mistakes;
    std::stable_sort(mistakes.begin(), mistakes.end(),
                     [](const report::Mistake& a, const report::Mistake& b) {
                       return a.probability > b.probability;
                     });
    mistakes.resize(std::min(mistakes.size(), kMostMistakes));
    for (report::Mistake& mistake : mistakes) {
      mistake.picture = picture_of(images_, mistake.image);
    }
    return std::move(answers_);
  }

 private:
  const data::Dataset& images_;
  report::Answers answers_;
};

}  // namespace

report::Answers integer_answers(const runtime::Interpreter& integer, const data::Dataset& images,
                                int threads, const OnProgress& on_progress) {
  const runtime::Program& program = integer.program();
  const ActivationShape& input = program.input_shape;
  const int64_t classes = runtime::output_shapes(program).back().size();
  data::check_shape(images, {input.channels, input.height, input.width}, program.network);
  data::check_classes(images, classes, program.network);
  data::check_class_names(images, program.class_names, program.network);
  const QParams qparams = runtime::output_qparams(program, program.ops.back());
  Tally tally("integer", images);
  std::vector<double> logits(static_cast<size_t>(classes));
  Work work(on_progress, "report", "images", images.count);
  data::for_each_piece(images, kImagesAtOnce, work, [&](int64_t begin, int64_t end) {
    const std::vector<uint8_t> codes = integer.run(data::pixel_bytes(images, begin, end), threads);
    for (size_t first = 0; first < codes.size(); first += logits.size()) {
      for (size_t i = 0; i < logits.size(); ++i) {
        logits[i] = double{qparams.scale} * (codes[first + i] - qparams.zero_point);
      }
      tally.add(logits);
    }
  });
  return tally.take();
}

report::Answers float_answers(nn::Graph& graph, const data::Dataset& images,
                              const OnProgress& on_progress) {
  const at::NoGradGuard no_grad;
  nn::check_labelled_images(graph, images);
  Tally tally("float", images);
  Work work(on_progress, "report", "images", images.count);
  data::for_each_piece(images, kImagesAtOnce, work, [&](int64_t begin, int64_t end) {
    const at::Tensor logits = graph.forward(nn::pixels(images, begin, end), quant::Pass::kFloat)
                                  .to(at::kDouble)
                                  .contiguous();
    if (!at::isfinite(logits).all().item<bool>()) {
      throw Diverged(graph.network() + ": answers with values that are not finite");
    }
    const std::span all(logits.const_data_ptr<double>(), static_cast<size_t>(logits.numel()));
    const auto classes = static_cast<size_t>(logits.size(1));
    for (size_t first = 0; first < all.size(); first += classes) {
      tally.add(all.subspan(first, classes));
    }
  });
  return tally.take();
}

}  // namespace floatsd::workflow
