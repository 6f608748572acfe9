// Package shop is a small merchant: catalogue, orders, payment, refunds. It is
// the part that you would write yourself, on package tradepay and on package
// orderflow, in one database with the orders.
//
// Three rules keep the money right, and they hold in every file:
//
//   - Prices come from the catalogue, never from the phone.
//   - An order is stored, under an id of its own, before the wallet hears of it.
//   - What is shown comes from orderflow, which believes signed messages of the
//     wallet only, never from what my.tradePay reports to the mini program.
package shop
