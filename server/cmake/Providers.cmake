# Turns SLUICE_PROVIDERS into sluice_provider_list: an explicit list in generated source. Static
# initialisers would be dropped by the linker, and the core must not know a provider's name.
function(sluice_add_provider_list)
  set(includes "")
  set(calls "")
  set(libraries "")
  foreach(provider IN LISTS SLUICE_PROVIDERS)
    if(NOT EXISTS ${PROJECT_SOURCE_DIR}/providers/${provider}/CMakeLists.txt)
      message(FATAL_ERROR "SLUICE_PROVIDERS names '${provider}', but there is no "
                          "providers/${provider}/CMakeLists.txt")
    endif()
    string(APPEND includes "#include \"providers/${provider}/register.h\"\n")
    string(APPEND calls "      sluice::${provider}::Registration(),\n")
    list(APPEND libraries sluice_${provider})
  endforeach()

  set(folder ${PROJECT_BINARY_DIR}/generated)
  file(CONFIGURE OUTPUT ${folder}/provider_list.h @ONLY CONTENT
"// The providers this server was built with. Generated from SLUICE_PROVIDERS.
#pragma once

#include <vector>

#include \"providers/api/registry.h\"

namespace sluice {

// Every provider in the order of SLUICE_PROVIDERS. Thread-safe; lives as long as the process.
const std::vector<ProviderRegistration>& AllProviders();

}  // namespace sluice
")
  file(CONFIGURE OUTPUT ${folder}/provider_list.cc @ONLY CONTENT
"#include \"provider_list.h\"

@includes@
namespace sluice {

const std::vector<ProviderRegistration>& AllProviders() {
  static const auto* const kProviders = new std::vector<ProviderRegistration>{
@calls@  };
  return *kProviders;
}

}  // namespace sluice
")
  add_library(sluice_provider_list STATIC ${folder}/provider_list.cc)
  target_include_directories(sluice_provider_list PUBLIC ${folder})
  target_link_libraries(sluice_provider_list PUBLIC sluice_provider_api ${libraries})
endfunction()
