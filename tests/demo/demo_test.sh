#!/usr/bin/env bash
# The demo itself is a test: it ends with 0 only when every step went as it should. What it prints
# is checked for the promises that people read in it.
#
#   demo_test.sh <sluice_demo>
set -uo pipefail

output=$(mktemp)
trap 'rm -f "$output"' EXIT

timeout 120 "$1" >"$output" 2>&1
status=$?
if [ "$status" -eq 0 ]; then
  echo "ok the_demo_ends_well"
else
  cat "$output"
  echo "FAIL the_demo_ends_well exit code $status"
  exit 0
fi

# shows <case> <pattern>
shows() {
  if grep -Eq "$2" "$output"; then
    echo "ok $1"
  else
    echo "FAIL $1 no line like '$2'"
  fi
}

shows sees_an_order_paid \
  'event #[0-9]+ +order\.paid +orders/EW-1 +PAID +12\.34 AED +paid 12\.34 AED'
shows sees_a_refund \
  'event #[0-9]+ +refund\.succeeded +orders/EW-1/refunds/RFD-1 +SUCCEEDED +2\.34 AED'
shows sees_a_revoke 'event #[0-9]+ +order\.revoked +orders/EW-2 +REVOKED'
shows sees_the_qr_order_paid 'event #[0-9]+ +order\.paid +orders/QR-1 +PAID'
shows sees_an_ovo_order_paid 'event #[0-9]+ +order\.paid +orders/OVO-1 +PAID +15000 IDR'
shows sees_a_dana_order_paid 'event #[0-9]+ +order\.paid +orders/DANA-1 +PAID +25000 IDR'
shows sees_a_dana_refund \
  'event #[0-9]+ +refund\.succeeded +orders/DANA-1/refunds/DANA-1-R +SUCCEEDED +5000 IDR'
shows sees_an_account_linked 'event #[0-9]+ +account_link\.active +accountLinks/ASTRA-1 +ACTIVE'
shows sees_the_linked_account_pay 'event #[0-9]+ +order\.paid +orders/ASTRA-PAY-1 +PAID +12000 IDR'
shows sees_a_payout_succeed 'event #[0-9]+ +payout\.succeeded +payouts/PO-1 +SUCCEEDED +25\.50 USD'
shows sees_a_fee_kept 'FAILED with the fee kept: 0\.80 USD'
shows sees_a_lost_payout 'event #[0-9]+ +payout\.outcome_unknown +payouts/PO-3'
shows sees_it_found_by_a_query 'SUCCEEDED: found by a query, sent once, paid once'
shows draws_the_qr_code '█▀'
shows has_no_gap '^ +gaps +0$'
shows agrees_with_the_ledger '^ +ledger +agrees$'

events=$(sed -nE 's/^ +events seen +([0-9]+) .*/\1/p' "$output")
lines=$(grep -cE '^ +event #[0-9]+ ' "$output")
if [ -n "$events" ] && [ "$events" = "$lines" ]; then
  echo "ok shows_every_event"
else
  echo "FAIL shows_every_event $lines lines of '$events' events"
fi
if grep -q $'\e' "$output"; then
  echo "FAIL no_colours_in_a_file an escape sequence was printed"
else
  echo "ok no_colours_in_a_file"
fi
if "$1" --server ./no-such-sluiced >/dev/null 2>&1; then
  echo "FAIL fails_without_a_server exit code 0"
else
  echo "ok fails_without_a_server"
fi
