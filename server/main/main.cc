#include <iostream>
#include <string>
#include <vector>

#include "server/main/run.h"

int main(int argc, char** argv) {
  return sluice::Run(std::vector<std::string>(argv + 1, argv + argc), std::cout, std::cerr);
}
