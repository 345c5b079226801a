#include "floatsd/data/loader.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include "floatsd/core/error.h"
#include "floatsd/data/batches.h"

namespace floatsd::data {
namespace {

constexpr int64_t kAheadPerWorker = 2;

void check(const Loader::Options& options) {
  if (options.batch_size < 1) {
    throw Error("batch-size: " + std::to_string(options.batch_size) + ", expected 1 or more");
  }
  if (options.workers < 1) {
    throw Error("workers: " + std::to_string(options.workers) + ", expected 1 or more");
  }
  check(options.augment);
}

}  // namespace

Loader::Loader(const Dataset& dataset, Options options, int64_t epoch, int64_t first_step)
    : dataset_(dataset), options_(options), epoch_(epoch), begun_(first_step), given_(first_step) {
  check(options);
  check(options.augment, {dataset.channels, dataset.height, dataset.width});
  const int64_t steps =
      dataset.count / options.batch_size + (dataset.count % options.batch_size == 0 ? 0 : 1);
  if (first_step < 0 || first_step > steps) {
    throw Error(dataset.name + ": an epoch from batch " + std::to_string(first_step) +
                ", expected 0 to " + std::to_string(steps));
  }
  order_ = epoch_order(dataset.count, options.seed, epoch);
  batches_.resize(static_cast<size_t>(steps));
  try {
    while (static_cast<int>(workers_.size()) < options.workers) {
      workers_.emplace_back([this](const std::stop_token& stop) { work(stop); });
    }
  } catch (const std::system_error& error) {
    throw Error("workers: " + std::to_string(options.workers) + ", expected at most " +
                std::to_string(workers_.size()) + " here (" + error.code().message() + ")");
  }
}

Batch Loader::next() {
  if (given_ == static_cast<int64_t>(batches_.size())) {
    throw Error(dataset_.name + ": batch " + std::to_string(given_) + " was asked for, expected " +
                "no more than the epoch's " + std::to_string(batches_.size()));
  }
  std::future<Batch> batch = batches_[given_].get_future();
  {
    const std::lock_guard lock(mutex_);
    ++given_;
  }
  moved_.notify_all();
  const auto start = std::chrono::steady_clock::now();
  batch.wait();
  waited_seconds_ +=
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return batch.get();
}

void Loader::work(const std::stop_token& stop) {
  const auto steps = static_cast<int64_t>(batches_.size());
  while (true) {
    int64_t step = 0;
    {
      std::unique_lock lock(mutex_);
      const bool go_on = moved_.wait(lock, stop, [&] {
        return begun_ == steps || begun_ < given_ + options_.workers * kAheadPerWorker;
      });
      if (!go_on || stop.stop_requested() || begun_ == steps) {
        return;
      }
      step = begun_++;
    }
    try {
      batches_[step].set_value(make_batch(step));
    } catch (...) {
      batches_[step].set_exception(std::current_exception());
    }
  }
}

Batch Loader::make_batch(int64_t step) const {
  const int64_t begin = step * options_.batch_size;
  const int64_t count = std::min(options_.batch_size, dataset_.count - begin);
  const Options::Part part = options_.part ? options_.part(count) : Options::Part{0, count};
  const auto indices = std::span(order_).subspan(static_cast<size_t>(begin + part.first),
                                                 static_cast<size_t>(part.count));
  const auto image_size = static_cast<size_t>(dataset_.image_size());
  Batch batch = {std::vector<uint8_t>(indices.size() * image_size),
                 std::vector<uint16_t>(indices.size())};
  gather(dataset_, indices, batch.images, batch.labels);
  if (options_.augment == Augment{}) {
    return batch;
  }
  const ImageShape shape = {dataset_.channels, dataset_.height, dataset_.width};
  for (size_t i = 0; i < indices.size(); ++i) {
    distort(std::span(batch.images).subspan(i * image_size, image_size), shape,
            draw_distortion(options_.augment, shape, options_.seed, epoch_, indices[i]));
  }
  return batch;
}

}  // namespace floatsd::data
