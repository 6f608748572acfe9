// Package shop is a small merchant: catalogue, orders, payment, refunds.
package shop
