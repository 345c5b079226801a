/* Runs an integer network on MNIST's test images, in C99.
 *
 *   run_c MODEL IMAGES LABELS      t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte
 *
 *   9909 of 10000 right
 */
#include <floatsd/floatsd_c.h>
#include <stdio.h>
#include <stdlib.h>

/* The bytes behind an idx file's header; 0 if there are none. */
static size_t read_idx(const char* path, size_t header, uint8_t** bytes) {
  FILE* file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0 || ftell(file) < (long)header) {
    return 0;
  }
  const size_t size = (size_t)ftell(file) - header;
  *bytes = malloc(size + 1);
  fseek(file, (long)header, SEEK_SET);
  const size_t read = *bytes == NULL ? 0 : fread(*bytes, 1, size, file);
  fclose(file);
  return read;
}

int main(int argc, char** argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: run_c MODEL IMAGES LABELS\n");
    return 2;
  }
  uint8_t *images = NULL, *labels = NULL;
  const size_t size = read_idx(argv[2], 16, &images);
  const size_t count = read_idx(argv[3], 8, &labels);
  int32_t* classes = malloc((count + 1) * sizeof *classes);
  floatsd_model* model = floatsd_load(argv[1]);
  floatsd_session* session = model == NULL ? NULL : floatsd_new_session(model);
  if (session == NULL || classes == NULL || size != count * floatsd_image_size(model) ||
      floatsd_run(session, images, size, NULL, NULL, classes) != 0) {
    fprintf(stderr, "run_c: %zu bytes of images, %zu labels. %s\n", size, count,
            floatsd_last_error());
    return 2;
  }
  size_t right = 0;
  for (size_t i = 0; i < count; ++i) {
    right += classes[i] == labels[i];
  }
  printf("%zu of %zu right\n", right, count);
  floatsd_free_session(session);
  floatsd_free_model(model);
  free(classes);
  free(labels);
  free(images);
  return 0;
}
