// A NumPy array, as the images of a folder of arrays and as its labels. The other arrays of the
// folder are two images of one pixel and their labels.

#include <string>

#include "data/npy_dataset.h"
#include "reads.h"
#include "scratch_file.h"

using namespace floatsd;

namespace {

std::string npy(const std::string& shape) {
  const std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': " + shape + ", }\n";
  return "\x93NUMPY\1" + std::string{'\0', static_cast<char>(header.size()), '\0'} + header +
         std::string(2, '\1');
}

}  // namespace

bool fuzz::reads(std::string_view bytes) {
  const std::string pixels = npy("(2, 1, 1)");
  const std::string classes = npy("(2,)");
  const auto accepts_arrays = [](std::string_view images, std::string_view labels) {
    scratch_file("x_test.npy", images);
    scratch_file("y_test.npy", labels);
    return accepts([] { data::load_npy_folder(scratch_folder(), data::Part::kTest); });
  };
  scratch_file("y_train.npy", classes);
  const bool are_images = accepts_arrays(bytes, classes);
  const bool are_labels = accepts_arrays(pixels, bytes);
  return are_images || are_labels;
}
