#include "ops/convolution_source.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/vectorize.h"
#include "ops/record.h"

namespace floatsd::ops {
namespace {

/// Enough to divide among threads, few enough that adding up their sums costs nothing.
constexpr int64_t kMostBlocks = 32;

/// From about this many products a sum, to compute it a second time takes longer than to write it
/// and read it back, with AVX2 (docs/performance.md).
constexpr int64_t kKeptFrom = 96;

FLOATSD_VECTORIZED
void to_floats(const int32_t* __restrict acc, int64_t stride, int64_t rows, int64_t channels,
               float* __restrict floats) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < channels; ++c) {
      floats[r * channels + c] = static_cast<float>(acc[r * stride + c]);
    }
  }
}

}  // namespace

ConvolutionSource::ConvolutionSource(const integer::ConvolutionShape& shape, at::Tensor codes,
                                     int32_t zero_point, const at::Tensor& levels, Reads reads,
                                     const Shards* shards)
    : shape_(shape),
      codes_(std::move(codes)),
      keeps_(reads == Reads::kAgain && shape.row() >= kKeptFrom) {
  const at::Tensor dense = levels.detach()
                               .contiguous(levels.dim() == 4 ? at::MemoryFormat::ChannelsLast
                                                             : at::MemoryFormat::Contiguous)
                               .to(at::kShort);
  convolution_ = integer::make_convolution(
      shape, {dense.const_data_ptr<int16_t>(), static_cast<size_t>(dense.numel())}, zero_point);
  of_shards_.shards = shards;
  for (int shard = 0; shards != nullptr && shard < shards->count(); ++shard) {
    divide(shards->size(shard), std::max<int64_t>(1, kMostBlocks / shards->all_shards()));
  }
  if (shards == nullptr) {
    divide(codes_.size(0), kMostBlocks);
  }
  of_shards_.first.push_back(blocks());
}

/// Adds the blocks of a shard.
void ConvolutionSource::divide(int64_t images, int64_t most_blocks) {
  of_shards_.first.push_back(blocks());
  const int64_t together = convolution_->images_together();
  const int64_t groups = (images + together - 1) / together;
  const int64_t block = std::max<int64_t>(1, (groups + most_blocks - 1) / most_blocks) * together;
  const int64_t end = first_images_.back() + images;
  while (first_images_.back() < end) {
    first_images_.push_back(std::min(first_images_.back() + block, end));
  }
}

kernels::Rows ConvolutionSource::shape() const {
  return {codes_.size(0) * shape_.out_pixels(), shape_.out_channels};
}

int64_t ConvolutionSource::blocks() const { return static_cast<int64_t>(first_images_.size()) - 1; }

int64_t ConvolutionSource::first_row(int64_t block) const {
  return first_images_[block] * shape_.out_pixels();
}

void ConvolutionSource::for_each_block(const Visit& visit) const {
  if (kept_.defined()) {
    show(kept_.const_data_ptr<float>(), visit);
  } else if (keeps_) {
    const auto [rows, channels] = shape();
    const at::Tensor kept = at::empty({rows, channels}, at::kFloat);
    compute(kept.mutable_data_ptr<float>(), visit);
    kept_ = kept;
  } else {
    compute(/*kept=*/nullptr, visit);
  }
}

/// Shows the rows as they are computed, and leaves them at `kept` if there is such a place.
void ConvolutionSource::compute(float* kept, const Visit& visit) const {
  const auto* codes = codes_.const_data_ptr<uint8_t>();
  const int64_t size = shape_.in_size();
  const int64_t channels = shape_.out_channels;
  FLOATSD_RECORD("floatsd::integer_convolution", codes_,
                 2.0 * static_cast<double>(shape().rows * channels * shape_.row()));
  at::parallel_for(0, blocks(), 1, [&](int64_t begin, int64_t end) {
    thread_local integer::ScratchMemory memory;
    const integer::Scratch scratch = memory.at_least(convolution_->scratch_bytes());
    thread_local std::vector<float> floats;
    for (int64_t block = begin; block < end; ++block) {
      const int64_t image = first_images_[block];
      const int64_t images = first_images_[block + 1] - image;
      int64_t row = first_row(block);
      convolution_->run({codes + image * size, static_cast<size_t>(images * size)}, scratch,
                        [&](int64_t rows, const int32_t* acc, int64_t stride) {
                          if (kept == nullptr) {
                            floats.resize(std::max<size_t>(floats.size(), rows * channels));
                          }
                          float* to = kept == nullptr ? floats.data() : kept + row * channels;
                          to_floats(acc, stride, rows, channels, to);
                          visit(block, row, rows, to);
                          row += rows;
                        });
    }
  });
}

void ConvolutionSource::show(const float* kept, const Visit& visit) const {
  at::parallel_for(0, blocks(), 1, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      const int64_t row = first_row(block);
      visit(block, row, first_row(block + 1) - row, kept + row * shape_.out_channels);
    }
  });
}

}  // namespace floatsd::ops
