#include "images/contact_sheet.h"

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "floatsd/core/error.h"
#include "images/font.h"
#include "images/resize.h"

namespace floatsd::images {
namespace {

constexpr size_t kImagesPerClass = 10;
constexpr size_t kMostClasses = 100;
constexpr size_t kMostLetters = 20;  // of a class's name
constexpr int64_t kSmallest = 48;    // of an image's shorter side on the sheet
constexpr int64_t kLargest = 128;    // of its longer one
constexpr int64_t kGap = 4;          // between images
constexpr int64_t kLetterScale = 2;  // sheet pixels a pixel of a letter
constexpr int64_t kLetterWidth = 6 * kLetterScale;
constexpr uint8_t kPaper = 255;
constexpr uint8_t kInk = 0;

struct Row {
  std::string caption;
  std::vector<int64_t> images;
};

std::vector<Row> choose_rows(const data::Dataset& dataset) {
  std::map<uint16_t, Row> rows;
  for (int64_t image = 0; image < dataset.count; ++image) {
    const uint16_t label = dataset.labels[static_cast<size_t>(image)];
    if (std::vector<int64_t>& images = rows[label].images; images.size() < kImagesPerClass) {
      images.push_back(image);
    }
  }
  std::vector<Row> chosen;
  for (auto& [label, row] : rows) {
    if (chosen.size() < kMostClasses) {
      row.caption =
          label < dataset.class_names.size() ? dataset.class_names[label] : std::to_string(label);
      row.caption.resize(std::min(row.caption.size(), kMostLetters));
      chosen.push_back(row);
    }
  }
  return chosen;
}

/// How large an image stands on the sheet.
struct Scale {
  ImageSize reduced;   ///< to which it is resized first
  int64_t repeat = 1;  ///< and how often each pixel then stands in a row and a column
};

Scale choose_scale(const data::Dataset& dataset) {
  const int64_t longer = std::max(dataset.height, dataset.width);
  if (longer > kLargest) {
    return {{std::max<int64_t>(1, dataset.height * kLargest / longer),
             std::max<int64_t>(1, dataset.width * kLargest / longer)}};
  }
  const int64_t shorter = std::min(dataset.height, dataset.width);
  const int64_t wanted = (kSmallest + shorter - 1) / shorter;
  return {{dataset.height, dataset.width},
          std::max<int64_t>(1, std::min(wanted, kLargest / longer))};
}

/// A picture to draw on, white at first.
class Sheet {
 public:
  Sheet(const ImageSize& size, int64_t channels) : image_{{size, channels}, {}} {
    image_.pixels.assign(static_cast<size_t>(size.height * size.width * channels), kPaper);
  }

  /// `planes` [channels, height, width], its top left corner at (y, x).
  void draw(std::span<const uint8_t> planes, const Scale& scale, int64_t top, int64_t left) {
    const ImageSize& size = scale.reduced;
    for (int64_t c = 0; c < image_.header.channels; ++c) {
      for (int64_t y = 0; y < size.height * scale.repeat; ++y) {
        for (int64_t x = 0; x < size.width * scale.repeat; ++x) {
          at(top + y, left + x)[c] = planes[static_cast<size_t>(
              (c * size.height + y / scale.repeat) * size.width + x / scale.repeat)];
        }
      }
    }
  }

  void write(std::string_view text, int64_t top, int64_t left) {
    for (const char c : text) {
      for (int64_t x = 0; x < 5 * kLetterScale; ++x) {
        const uint8_t column = letter(c)[static_cast<size_t>(x / kLetterScale)];
        for (int64_t y = 0; y < kLetterHeight * kLetterScale; ++y) {
          if ((column >> (y / kLetterScale) & 1) != 0) {
            std::fill_n(at(top + y, left + x), image_.header.channels, kInk);
          }
        }
      }
      left += kLetterWidth;
    }
  }

  [[nodiscard]] Image take() { return std::move(image_); }

 private:
  uint8_t* at(int64_t y, int64_t x) {
    return image_.pixels.data() + (y * image_.header.size.width + x) * image_.header.channels;
  }

  Image image_;
};

}  // namespace

Image contact_sheet(const data::Dataset& dataset) {
  if (dataset.count < 1) {
    throw Error(dataset.name + ": a contact sheet of no images, expected at least one");
  }
  const std::vector<Row> rows = choose_rows(dataset);
  const Scale scale = choose_scale(dataset);
  const int64_t height =
      std::max(scale.reduced.height * scale.repeat, kLetterHeight * kLetterScale);
  const int64_t width = scale.reduced.width * scale.repeat;
  size_t letters = 0;
  size_t columns = 0;
  for (const Row& row : rows) {
    letters = std::max(letters, row.caption.size());
    columns = std::max(columns, row.images.size());
  }
  const int64_t margin = 2 * kGap + static_cast<int64_t>(letters) * kLetterWidth;
  Sheet sheet({kGap + static_cast<int64_t>(rows.size()) * (height + kGap),
               margin + static_cast<int64_t>(columns) * (width + kGap)},
              dataset.channels);
  const auto bytes = static_cast<size_t>(dataset.image_size());
  int64_t top = kGap;
  for (const Row& row : rows) {
    sheet.write(row.caption, top + (height - kLetterHeight * kLetterScale) / 2, kGap);
    int64_t left = margin;
    for (const int64_t image : row.images) {
      const auto planes =
          std::span(dataset.images).subspan(static_cast<size_t>(image) * bytes, bytes);
      sheet.draw(resize(planes, dataset.channels, {dataset.height, dataset.width}, scale.reduced),
                 scale, top, left);
      left += width + kGap;
    }
    top += height + kGap;
  }
  return sheet.take();
}

}  // namespace floatsd::images
