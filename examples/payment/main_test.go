package main

func Example() {
	main()
	// Output:
	// true
	// notified: order-1001 SUCCESS
}
