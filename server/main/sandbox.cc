#include "server/main/sandbox.h"

#include <map>
#include <utility>

#include "server/base/strings.h"
#include "server/main/private_file.h"
#include "server/wire/json.h"

namespace sluice {
namespace {

// {"payby": {"base_url": "...", "settings": {...}, "secrets": {...}, "simulator": {...}}}
constexpr char kFile[] = "/sandbox.json";

using Words = std::map<std::string, std::string>;

Json ToJson(const Words& words) {
  Json out = Json::Object();
  for (const auto& [name, value] : words) out.Set(name, value);
  return out;
}

absl::StatusOr<Words> WordsFrom(const Json& json, std::string_view path) {
  absl::StatusOr<const Json*> object = json.GetObject(path);
  if (!object.ok()) return object.status();
  Words words;
  for (const auto& [name, value] : (*object)->members()) words[name] = value.text();
  return words;
}

struct Kept {
  std::string base_url;
  SandboxAccount account;
};

Json ToJson(const Kept& kept) {
  Words secrets;
  for (const auto& [name, secret] : kept.account.secrets) secrets[name] = secret.Reveal();
  return Json::Object({{"base_url", kept.base_url},
                       {"settings", ToJson(kept.account.settings)},
                       {"secrets", ToJson(secrets)},
                       {"simulator", ToJson(kept.account.simulator)}});
}

absl::StatusOr<Kept> KeptFrom(const Json& json) {
  Kept kept;
  absl::StatusOr<std::string> base_url = json.GetString("base_url");
  if (!base_url.ok()) return base_url.status();
  kept.base_url = *std::move(base_url);
  absl::StatusOr<Words> settings = WordsFrom(json, "settings");
  if (!settings.ok()) return settings.status();
  kept.account.settings = *std::move(settings);
  absl::StatusOr<Words> simulator = WordsFrom(json, "simulator");
  if (!simulator.ok()) return simulator.status();
  kept.account.simulator = *std::move(simulator);
  absl::StatusOr<Words> secrets = WordsFrom(json, "secrets");
  if (!secrets.ok()) return secrets.status();
  for (auto& [name, secret] : *secrets) kept.account.secrets[name] = Redacted(std::move(secret));
  return kept;
}

// The simulator may have another port than last time: URLs that began with the old base follow.
void Move(const std::string& base_url, Kept* kept) {
  for (Words* words : {&kept->account.settings, &kept->account.simulator}) {
    for (auto& [name, value] : *words) {
      if (value.compare(0, kept->base_url.size(), kept->base_url) == 0) {
        value = base_url + value.substr(kept->base_url.size());
      }
    }
  }
  kept->base_url = base_url;
}

absl::StatusOr<Json> ReadKept(const std::string& path) {
  absl::StatusOr<std::optional<std::string>> text = ReadPrivateFile(path);
  if (!text.ok()) return text.status();
  if (!text->has_value()) return Json::Object();
  absl::StatusOr<Json> json = Json::Parse(**text);
  if (!json.ok() || !json->is_object()) {
    return absl::UnavailableError(StrCat(path, " is damaged: remove it to get new sandbox keys"));
  }
  return json;
}

absl::StatusOr<Kept> KeptOrNew(const Json& file, const ProviderRegistration& registration,
                               const std::string& account, const std::string& base_url,
                               Random* random) {
  if (const Json* const found = file.Find(registration.provider); found != nullptr) {
    absl::StatusOr<Kept> kept = KeptFrom(*found);
    if (kept.ok()) Move(base_url, &*kept);
    return kept;
  }
  absl::StatusOr<SandboxAccount> made =
      registration.make_sandbox_account(account, base_url, *random);
  if (!made.ok()) return made.status();
  return Kept{.base_url = base_url, .account = *std::move(made)};
}

}  // namespace

absl::StatusOr<std::vector<AccountSettings>> PrepareSandbox(
    const std::string& data_dir, const SimulatorHost& host,
    const std::vector<ProviderRegistration>& providers, Random* random) {
  const std::string path = data_dir + kFile;
  absl::StatusOr<Json> file = ReadKept(path);
  if (!file.ok()) return file.status();
  const std::string before = file->Write();
  std::vector<AccountSettings> accounts;
  for (const ProviderRegistration& registration : providers) {
    const std::string account = StrCat(kDemoMerchant, "-", registration.provider);
    absl::StatusOr<Kept> kept =
        KeptOrNew(*file, registration, account, host.BaseUrl(registration.provider), random);
    if (!kept.ok()) return kept.status();
    file->Set(registration.provider, ToJson(*kept));

    absl::Status known = host.Find(registration.provider)->AddAccount(kept->account.simulator);
    if (!known.ok()) return known;
    absl::StatusOr<std::unique_ptr<Provider>> provider = registration.make_provider(
        {.account = account, .settings = kept->account.settings, .secrets = kept->account.secrets});
    if (!provider.ok()) return provider.status();
    accounts.push_back(
        {.id = account, .merchant = kDemoMerchant, .provider = *std::move(provider)});
  }
  const std::string after = file->Write();
  if (after != before) {
    const absl::Status written = WritePrivateFile(path, after);
    if (!written.ok()) return written;
  }
  return accounts;
}

}  // namespace sluice
