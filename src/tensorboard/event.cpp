#include "tensorboard/event.h"

#include <protozero/pbf_writer.hpp>

namespace floatsd::tensorboard {
namespace {

using protozero::pbf_writer;

/// An event whose other fields `fill` writes.
template <typename Fill>
std::string event(const Moment& moment, const Fill& fill) {
  std::string bytes;
  pbf_writer writer(bytes);
  writer.add_double(1, moment.seconds);
  writer.add_int64(2, moment.step);
  fill(writer);
  return bytes;
}

/// One value of an event's summary, without more than its tag.
template <typename Fill>
void add_value(pbf_writer& summary, const std::string& tag, const Fill& fill) {
  pbf_writer value(summary, 1);
  value.add_string(1, tag);
  fill(value);
}

void add_text(pbf_writer& value, const std::string& text) {
  {
    pbf_writer tensor(value, 8);
    constexpr int32_t kString = 7;
    tensor.add_enum(1, kString);
    {
      pbf_writer shape(tensor, 2);
      pbf_writer dimension(shape, 2);
      dimension.add_int64(1, 1);
    }
    tensor.add_bytes(8, text);
  }
  pbf_writer metadata(value, 9);
  pbf_writer plugin(metadata, 1);
  plugin.add_string(1, "text");
}

void add_histogram(pbf_writer& value, const Histogram& histogram) {
  pbf_writer writer(value, 5);
  writer.add_double(1, histogram.smallest);
  writer.add_double(2, histogram.largest);
  writer.add_double(3, histogram.count());
  writer.add_double(4, histogram.sum);
  writer.add_double(5, histogram.sum_of_squares);
  writer.add_packed_double(6, histogram.limits.begin(), histogram.limits.end());
  writer.add_packed_double(7, histogram.counts.begin(), histogram.counts.end());
}

}  // namespace

std::string version_event(double seconds) {
  return event({.seconds = seconds},
               [](pbf_writer& writer) { writer.add_string(3, "brain.Event:2"); });
}

std::string start_event(const Moment& moment) {
  return event(moment, [](pbf_writer& writer) {
    constexpr int32_t kStart = 1;
    pbf_writer session(writer, 7);
    session.add_enum(1, kStart);
  });
}

std::string scalars_event(const Moment& moment, const std::vector<Scalar>& scalars) {
  return event(moment, [&](pbf_writer& writer) {
    pbf_writer summary(writer, 5);
    for (const Scalar& scalar : scalars) {
      add_value(summary, scalar.tag,
                [&](pbf_writer& value) { value.add_float(2, static_cast<float>(scalar.value)); });
    }
  });
}

std::string text_event(const Moment& moment, const std::string& tag, const std::string& text) {
  return event(moment, [&](pbf_writer& writer) {
    pbf_writer summary(writer, 5);
    add_value(summary, tag, [&](pbf_writer& value) { add_text(value, text); });
  });
}

std::string histogram_event(const Moment& moment, const std::string& tag,
                            const Histogram& histogram) {
  return event(moment, [&](pbf_writer& writer) {
    pbf_writer summary(writer, 5);
    add_value(summary, tag, [&](pbf_writer& value) { add_histogram(value, histogram); });
  });
}

}  // namespace floatsd::tensorboard
