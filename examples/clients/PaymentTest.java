import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a shop's tests can do with the sandbox: run them with {@code java PaymentTest.java}, Java 17 or
 * later. SANDBOX_URL says where the sandbox is. If it is on another machine, the file that
 * SANDBOX_CONTROL_TOKEN_FILE names has the token of its control API, SHOP_NOTIFY_URL is where it sends
 * notifications, and SHOP_PORT is the port at which they arrive here. A program of yours has a library
 * for JSON and one for tests; here, the JDK is enough.
 */
public class PaymentTest {
    static final String SANDBOX = System.getenv().getOrDefault("SANDBOX_URL", "http://127.0.0.1:8700");
    static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    static final Queue<String> NOTIFIED = new ConcurrentLinkedQueue<>();

    static String merchant; // ids and keys, from the sandbox
    static PrivateKey privateKey;
    static HttpServer shop;

    public static void main(String[] args) throws Exception {
        control("POST", "/reset", null);
        merchant = control("GET", "/merchant", null);
        byte[] der = Base64.getMimeDecoder().decode(bare(member(merchant, "privateKey")));
        privateKey = KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(der));
        int port = Integer.parseInt(System.getenv().getOrDefault("SHOP_PORT", "0"));
        shop = HttpServer.create(new InetSocketAddress(port == 0 ? "127.0.0.1" : "0.0.0.0", port), 0);
        shop.createContext("/notify", PaymentTest::takeNotification);
        shop.start();
        try {
            paymentIsPaidAndNotified();
            answerToSecondPayIsLost();
            nobodyPaysInTime();
            walletRotatesItsKeys();
        } finally {
            shop.stop(0);
        }
        System.out.println("4 tests passed");
    }

    static void paymentIsPaidAndNotified() throws Exception {
        String id = UUID.randomUUID().toString();
        check(!member(create(id), "redirectUrl").isEmpty(), "no URL for my.tradePay");
        control("POST", "/payments/" + id + "/pay", null);
        String delivered = control("GET", "/deliveries?payment=" + id + "&acknowledged=true&wait=10s", null);
        check(member(delivered, "paymentRequestId").equals(id), "no delivery: " + delivered);
        check(NOTIFIED.stream().anyMatch(body -> member(body, "paymentRequestId").equals(id)), "not notified");
        check(status(id).equals("SUCCESS"), "not paid");
    }

    static void answerToSecondPayIsLost() throws Exception {
        control("POST", "/faults", "{\"kind\": \"DropAfter\", \"operation\": \"pay\", \"after\": 1}");
        create(UUID.randomUUID().toString());
        String id = UUID.randomUUID().toString();
        try {
            create(id);
            throw new AssertionError("an answer came");
        } catch (IOException lost) {
            check(status(id).equals("PROCESSING"), "unknown is not failed: the order exists");
        }
        String first = member(inquire(id), "paymentId");
        check(member(create(id), "paymentId").equals(first), "the same id, and a second order");
    }

    static void nobodyPaysInTime() throws Exception {
        String id = UUID.randomUUID().toString();
        create(id);
        control("POST", "/payments/" + id + "/expire", null);
        check(status(id).equals("CANCELLED"), "not closed");
    }

    static void walletRotatesItsKeys() throws Exception {
        String id = UUID.randomUUID().toString();
        create(id);
        String before = signedWith;
        String signsWith = member(control("POST", "/keys/rotate", null), "signsWith");
        inquire(id);
        check(!before.equals(signsWith) && signedWith.equals(signsWith), "signed with " + signedWith);
    }

    /** Calls the sandbox's control API. */
    static String control(String method, String path, String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(SANDBOX + "/__tradepay" + path));
        String tokenFile = System.getenv("SANDBOX_CONTROL_TOKEN_FILE");
        if (tokenFile != null) {
            request.header("Authorization", "Bearer " + Files.readString(Path.of(tokenFile)).strip());
        }
        if (body == null) {
            request.method(method, HttpRequest.BodyPublishers.noBody());
        } else {
            request.method(method, HttpRequest.BodyPublishers.ofString(body));
            request.header("Content-Type", "application/json");
        }
        HttpResponse<String> response = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        check(response.statusCode() == 200, method + " " + path + ": " + response.body());
        return response.body();
    }

    static String create(String id) throws Exception {
        String notifyUrl = System.getenv().getOrDefault("SHOP_NOTIFY_URL",
            "http://127.0.0.1:" + shop.getAddress().getPort() + "/notify");
        return call("pay", "{\"paymentRequestId\": \"" + id + "\", \"appId\": \"" + member(merchant, "appId")
            + "\", \"paymentAmount\": {\"currency\": \"USD\", \"value\": \"1050\"}"
            + ", \"order\": {\"orderDescription\": \"Two coffees\"}"
            + ", \"paymentNotifyUrl\": \"" + notifyUrl + "\"}");
    }

    static String inquire(String id) throws Exception {
        return call("inquiryPayment", "{\"paymentRequestId\": \"" + id + "\"}");
    }

    static String status(String id) throws Exception {
        return member(inquire(id), "paymentStatus");
    }

    /** Sends a signed request to the wallet and returns its verified answer. */
    static String call(String operation, String body) throws Exception {
        String uri = member(merchant, "prefix") + "/v2/payments/" + operation;
        String time = now();
        HttpRequest request = HttpRequest.newBuilder(URI.create(member(merchant, "baseUrl") + uri))
            .header("Content-Type", "application/json; charset=UTF-8")
            .header("Client-Id", member(merchant, "clientId"))
            .header("Request-Time", time)
            .header("Signature", sign(signed(uri, time, body)))
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
        HttpResponse<String> response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        String answered = response.headers().firstValue("Response-Time").orElseThrow();
        signedWith = verify(response.headers().firstValue("Signature").orElseThrow(),
            signed(uri, answered, response.body()));
        return response.body();
    }

    static String signedWith; // the keyVersion of the latest answer

    /** Verifies a notification, and signs the acknowledgement. */
    static void takeNotification(HttpExchange exchange) throws IOException {
        String uri = exchange.getRequestURI().toString();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String answer = "{\"result\":{\"resultStatus\":\"S\",\"resultCode\":\"SUCCESS\",\"resultMessage\":\"success\"}}";
        String time = now();
        try {
            verify(exchange.getRequestHeaders().getFirst("Signature"),
                signed(uri, exchange.getRequestHeaders().getFirst("Request-Time"), body));
            NOTIFIED.add(body);
            exchange.getResponseHeaders().set("Signature", sign(signed(uri, time, answer)));
        } catch (Exception e) {
            exchange.sendResponseHeaders(401, -1);
            return;
        }
        exchange.getResponseHeaders().set("Content-Type", "application/json; charset=UTF-8");
        exchange.getResponseHeaders().set("Client-Id", member(merchant, "clientId"));
        exchange.getResponseHeaders().set("Response-Time", time);
        exchange.sendResponseHeaders(200, answer.length());
        exchange.getResponseBody().write(answer.getBytes(StandardCharsets.UTF_8));
        exchange.close();
    }

    static String signed(String uri, String time, String body) {
        return "POST " + uri + "\n" + member(merchant, "clientId") + "." + time + "." + body;
    }

    static String sign(String text) throws Exception {
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(privateKey);
        signature.update(text.getBytes(StandardCharsets.UTF_8));
        return "algorithm=RSA256, keyVersion=" + member(merchant, "keyVersion") + ", signature="
            + Base64.getEncoder().encodeToString(signature.sign());
    }

    /** Returns the keyVersion with which the wallet signed a text. */
    static String verify(String header, String text) throws Exception {
        String version = first("keyVersion=([^,]+)", header);
        String value = URLDecoder.decode(first("signature=(.+)", header).replace("+", "%2B"), StandardCharsets.UTF_8);
        String keys = first("\"walletKeys\":\\{([^}]*)\\}", merchant);
        byte[] der = Base64.getMimeDecoder().decode(bare(member(keys, version)));
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initVerify(KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(der)));
        signature.update(text.getBytes(StandardCharsets.UTF_8));
        check(signature.verify(Base64.getDecoder().decode(value)), "the wallet did not sign this");
        return version;
    }

    static String now() {
        return OffsetDateTime.now(ZoneOffset.UTC).format(DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSxxx"));
    }

    /** Returns a PEM text without its first and last line. */
    static String bare(String pem) {
        return pem.replaceAll("-----[^-]+-----", "");
    }

    /** Returns a text of a JSON object, the first of that name. */
    static String member(String json, String name) {
        return first("\"" + name + "\"\\s*:\\s*\"([^\"]*)\"", json).replace("\\n", "\n");
    }

    static String first(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        check(matcher.find(), "there is no " + pattern);
        return matcher.group(1);
    }

    static void check(boolean condition, String otherwise) {
        if (!condition) {
            throw new AssertionError(otherwise);
        }
    }
}
