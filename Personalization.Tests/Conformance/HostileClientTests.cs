using System.Text;
using NUnit.Framework;

namespace Personalization.Tests.Conformance;

/// <summary>Requests that no client sends. Each gets an answer, and none of them a 5xx.</summary>
internal sealed class HostileClientTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private ClientsServer _server;

    [OneTimeSetUp]
    public async Task StartServer() => _server = await ClientsServer.StartAsync();

    [OneTimeTearDown]
    public async Task StopServer() => await _server.DisposeAsync();

    private static IEnumerable<TestCaseData> Queries()
    {
        yield return Case("Base64_that_is_none", "e=ue&eid=1&duid=d&aid=shop&ue_px=****&cx=%%%%", 200);
        yield return Case("Base64_of_bytes_that_are_no_text", "e=ue&eid=1&duid=d&aid=shop&ue_px=_____w&cx=gICA", 200);
        yield return Case("Percent_signs_that_encode_nothing", "e=pv&eid=%&duid=%zz&aid=shop&page=%E0%80", 200);
        yield return Case("Bytes_that_are_no_UTF8", "e=pv&eid=%FF%FE&duid=%C3%28&aid=shop&%FF=%FF", 200);
        yield return Case("A_NUL", "e=pv&eid=%00&duid=%00&aid=shop", 200);
        yield return Case("A_surrogate_in_UTF8", "e=pv&eid=1&duid=%ED%A0%80&aid=shop", 200);
        yield return Case("Times_beyond_all_times", "e=pv&eid=1&duid=d&aid=shop&dtm=99999999999999999999&stm=-1&ttm=1e400", 200);
        yield return Case("Numbers_that_are_none", "e=tr&eid=1&duid=d&aid=shop&tr_id=1&tr_tt=1e999&tr_tx=NaN&tr_sh=0x10", 200);
        yield return Case("Deep_contexts", "e=pv&eid=1&duid=d&aid=shop&co=" + new string('[', 20_000), 200);
        yield return Case("Contexts_of_other_shapes", "e=pv&eid=1&duid=d&aid=shop&co={\"data\":{\"a\":1}}&ue_pr=[1]", 200);
        yield return Case("A_thousand_parameters", "e=pv&eid=1&duid=d&aid=shop&" + string.Join('&', Enumerable.Range(0, 5_000).Select(i => $"p{i}=1")), 200);
        yield return Case("An_unknown_type", "e=zz&aid=shop", 200);
        yield return Case("No_type", "aid=shop", 400);
        yield return Case("Nothing", "", 400);
        yield return Case("A_megabyte", "e=pv&aid=shop&page=" + new string('x', 1 << 20), 414);
    }

    [TestCaseSource(nameof(Queries))]
    public async Task A_hostile_query_is_answered(string query, int status)
    {
        var answer = await SendAsync("GET", "/i?" + query.Replace("\"", "%22", StringComparison.Ordinal), []);

        Assert.That(answer!.Status, Is.EqualTo(status), answer.Text);
    }

    [TestCase("/pixel/v1/track?writeKey=TEST_WRITE_KEY&data=%FF")]
    [TestCase("/pixel/v1/track?writeKey=TEST_WRITE_KEY&event=x&userId=%ED%A0%80")]
    [TestCase("/pixel/v1/track?writeKey=TEST_WRITE_KEY&event.x=1&event=2&userId.a=b")]
    [TestCase("/pixel/v1/track?writeKey=TEST_WRITE_KEY&properties=%7B%22%5Cud800%22%3A1%7D&properties.x=1&event=x&userId=u")]
    [TestCase("/v1/projects/%FF/settings")]
    [TestCase("/v1/projects/%00/settings")]
    [TestCase("/array/%2e%2e/config")]
    [TestCase("/analytics.js/v1/..%2f..%2fetc/analytics.min.js")]
    [TestCase("/sourceConfig?writeKey=%FF&writeKey=TEST_WRITE_KEY")]
    public async Task A_hostile_address_is_answered(string path)
    {
        var answer = await SendAsync("GET", path, []);

        Assert.That(answer!.Status, Is.LessThan(500), answer.Text);
    }

    private static IEnumerable<TestCaseData> Bodies()
    {
        string[] paths = ["/com.acme/tp2", "/e/", "/v1/m", "/flags/", "/api/s/track", "/v1/b", "/i"];
        (string Name, byte[] Body)[] bodies =
        [
            ("empty", []),
            ("half_a_surrogate", """{"data":[{"e":"pv","uid":"\ud800","\udc00":"x"}],"batch":[{"event":"\ud800","uuid":"\udfff","properties":{"\ud800":1}}]}"""u8.ToArray()),
            ("no_UTF8", [.. "{\"data\":[{\"e\":\"pv\",\"uid\":\""u8, 0xFF, 0xFE, .. "\"}]}"u8]),
            ("deep", Encoding.UTF8.GetBytes("{\"data\":[" + new string('[', 50_000) + "]}")),
            ("deep_inside_a_text", Encoding.UTF8.GetBytes("{\"data\":[{\"e\":\"pv\",\"duid\":\"d\",\"aid\":\"shop\",\"co\":\"" + string.Concat(Enumerable.Repeat("{\\\"data\\\":[", 5_000)) + "\"}]}")),
            ("other_types", """{"data":[{"e":{},"aid":[],"co":{"data":[null,1,{"schema":1,"data":"x"}]},"dtm":true}],"batch":[{"event":{},"properties":[]},{"event":"$identify","properties":"x","$set":[]}],"api_key":{},"sent_at":[]}"""u8.ToArray()),
            ("repeated_names", """{"data":1,"data":[{"e":"pv","e":"ue","aid":"shop","duid":"d"}],"batch":1,"batch":[{"event":"a","event":"b"}]}"""u8.ToArray()),
            ("numbers_beyond_numbers", """{"data":[{"e":"se","se_va":1e999,"dtm":1e999,"aid":"shop","duid":"d"}],"batch":[{"event":"x","distinct_id":1e999,"timestamp":1e999}]}"""u8.ToArray()),
            ("byte_order_mark", [0xEF, 0xBB, 0xBF, .. "{\"data\":[],\"batch\":[]}"u8]),
            ("gzip_magic_alone", [0x1F, 0x8B]),
        ];
        return paths.SelectMany(
            _ => bodies, (path, body) => new TestCaseData(path, body.Body).SetArgDisplayNames(path, body.Name));
    }

    [TestCaseSource(nameof(Bodies))]
    public async Task A_hostile_body_is_answered(string path, byte[] body)
    {
        var answer = await SendAsync("POST", path, body);

        Assert.That(answer!.Status, Is.LessThan(500), answer.Text);
    }

    private async Task<RawAnswer?> SendAsync(string method, string path, byte[] body)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var connection = await _server.ConnectAsync(patience.Token);
        (string, string)[] headers =
            [("Host", "collect.example"), ("X-Write-Key", "TEST_WRITE_KEY"), ("Content-Length", body.Length.ToString()), ("Connection", "close")];
        return await connection.SendAsync(RecordedRequest.WireOf(method, path, headers, body), hasBody: true, patience.Token);
    }

    private static TestCaseData Case(string name, string query, int status) => new TestCaseData(query, status).SetArgDisplayNames(name);
}
