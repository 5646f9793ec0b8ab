using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Faults;

/// <summary>Kills the process in the midst of an import, again and again; each time the same file is sent once more.</summary>
[Parallelizable]
public class ImportKillTests
{
    private const int Kills = 4;
    private const int Lines = 30_000;
    private const int Shoppers = 50;
    private TemporaryFolder _folder;

    [SetUp]
    public void CreateFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task An_import_counts_every_line_once_after_any_number_of_kills()
    {
        var chance = new Random(20_26);
        var body = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, Lines).Select(Line)));
        var resumedAt = new List<long>();
        for (var kill = 0; kill < Kills; kill++)
        {
            using var host = await HostProcess.StartAsync(_folder.Path);
            host.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ShopServer.ServerKey);
            if (kill > 0)
            {
                var state = JsonElement.Parse(await host.Client.GetStringAsync("/v1/imports/big"));
                resumedAt.Add(state.GetProperty("resumeFromLine").GetInt64());
                Assert.That(state.GetProperty("state").GetString(), Is.EqualTo("interrupted"));
            }

            var sending = SendAsync(host.Client, body);
            await Task.Delay(chance.Next(200, 900));
            await host.KillAsync();
            await sending;
        }

        using var last = await HostProcess.StartAsync(_folder.Path);
        last.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ShopServer.ServerKey);
        var report = JsonElement.Parse((await SendAsync(last.Client, body))!);

        Assert.That(report.GetProperty("accepted").GetInt64(), Is.EqualTo(Lines), report.ToString());
        Assert.That(resumedAt, Is.Ordered);
        var summary = JsonElement.Parse(await last.Client.GetStringAsync("/v1/log/summary"));
        Assert.That(summary.GetProperty("profiles").GetInt32(), Is.EqualTo(Shoppers));
        for (var shopper = 0; shopper < Shoppers; shopper++)
        {
            var known = JsonElement.Parse(await last.Client.GetStringAsync($"/v1/profiles/lookup?anonymousId=s{shopper}"));
            Assert.That(known.GetProperty("counters").GetProperty("views").GetInt32(), Is.EqualTo(Lines / Shoppers));
        }
    }

    private static string Line(int number) => string.Create(
        CultureInfo.InvariantCulture,
        $"{{\"event\":\"Product Viewed\",\"anonymousId\":\"s{number % Shoppers}\",\"timestamp\":{1_700_000_000 + number},\"properties\":{{\"product_id\":\"p{number % 977}\"}}}}\n");

    /// <summary>The answer, or null when the process died under it.</summary>
    private static async Task<string?> SendAsync(HttpClient client, byte[] body)
    {
        try
        {
            using var content = new ByteArrayContent(body);
            content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
            using var response = await client.PostAsync("/v1/import?source=shop&id=big", content);
            var answer = await response.Content.ReadAsStringAsync();
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), answer);
            return answer;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }
}
