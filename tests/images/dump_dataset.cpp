// Writes a part of a data set as raw bytes and prints what it is as JSON, for pillow_test.py.
//
//   dump_dataset SOURCE train|test FILE [HEIGHTxWIDTH]
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>

#include "core/file.h"
#include "floatsd/data/pixel_statistics.h"
#include "floatsd/images/open_dataset.h"
#include "images/resize.h"

using namespace floatsd;

int main(int argc, char** argv) {
  try {
    const data::Part part =
        std::string(argv[2]) == "train" ? data::Part::kTrain : data::Part::kTest;
    images::OpenOptions options;
    if (argc > 4) {
      options.size = images::parse_size(argv[4]);
    }
    const data::Dataset set = open_dataset(data::parse_source(argv[1]), part, options);
    const data::PixelStatistics statistics = pixel_statistics(set);
    write_file(argv[3], {reinterpret_cast<const char*>(set.images.data()), set.images.size()});
    std::cout << nlohmann::json{{"shape", {set.count, set.channels, set.height, set.width}},
                                {"classes", set.classes},
                                {"class_names", set.class_names},
                                {"labels", set.labels},
                                {"mean", statistics.mean},
                                {"deviation", statistics.deviation}};
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 2;
  }
}
