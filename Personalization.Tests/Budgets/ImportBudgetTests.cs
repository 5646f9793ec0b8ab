using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Budgets;

internal sealed class ImportBudgetTests : ShopTests
{
    /// <summary>The buffers of one cutter, one chunk and a few batches, and what the models learn of a hundred items.</summary>
    private const long GrowthBytes = 24 << 20;

    /// <summary>100,000 lines of 900 bytes are 90 MB: whoever kept them would be seen.</summary>
    [Test]
    public async Task A_large_import_needs_no_more_memory_than_a_small_one()
    {
        await ImportAsync("warm-up", 5_000);
        await Shop.SettleAsync();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var most = 0L;

        var importing = ImportAsync("large", 100_000);
        while (!importing.IsCompleted)
        {
            await Task.WhenAny(importing, Task.Delay(100));
            most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
        }

        Assert.That((await importing).GetProperty("accepted").GetInt64(), Is.EqualTo(100_000));
        Assert.That(most, Is.LessThan(GrowthBytes));
    }

    private async Task<JsonElement> ImportAsync(string id, int lines)
    {
        using var response = await Shop.Server.PostAsync($"/v1/import?source=shop&id={id}", new MadeBody(lines));
        var answer = await response.Content.ReadAsStringAsync();
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), answer);
        return JsonElement.Parse(answer);
    }

    /// <summary>Lines that are made while they are sent.</summary>
    private sealed class MadeBody : HttpContent
    {
        private readonly int _lines;
        private readonly string _padding = new('x', 700);

        public MadeBody(int lines)
        {
            _lines = lines;
            Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (var i = 0; i < _lines; i++)
            {
                var line = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{{\"event\":\"Product Viewed\",\"anonymousId\":\"s{i % 100}\",\"timestamp\":{1_600_000_000 + (i * 60)},\"properties\":{{\"product_id\":\"p{i % 97}\",\"note\":\"{_padding}\"}}}}\n");
                await stream.WriteAsync(Encoding.UTF8.GetBytes(line));
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
