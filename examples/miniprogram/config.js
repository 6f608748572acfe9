// What you change: where your shop is. The wallet's console must have its domain on the
// mini program's list of server domains.
export const config = { server: "https://shop.example" };
