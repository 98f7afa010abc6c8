// What a user of the package writes first: it links, and refuses what the client refuses.

#include <sluice/client/client.h>
#include <sluice/client/money.h>

int main() {
  const auto amount = sluice::client::ParseMoney("AED", "12.34");
  if (!amount.ok() || amount->minor_units() != 1234) return 1;
  sluice::client::Options options;
  options.endpoint = "127.0.0.1:1";
  const auto client = sluice::client::Client::Create(options);
  if (!client.ok()) return 2;
  options.api_key = "secret";
  options.endpoint = "pay.example:443";
  return sluice::client::Client::Create(options).ok() ? 3 : 0;
}
