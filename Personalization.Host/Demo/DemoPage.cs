using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Personalization.Host.Demo.Catalog;

namespace Personalization.Host.Demo;

/// <summary>The shop front: one self-contained HTML file, and the catalogue that it shows.</summary>
internal sealed class DemoPage
{
    private readonly string _html;
    private readonly string _policy;

    private DemoPage(string html)
    {
        _html = html;
        _policy = "default-src 'none'; connect-src 'self'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
            + $"form-action 'none'; frame-ancestors 'none'; script-src 'sha256-{HashOfScript(html)}'";
    }

    public static DemoPage Load()
    {
        var type = typeof(DemoPage);
        using var stream = type.Assembly.GetManifestResourceStream("Personalization.Host.Demo.DemoPage.html")
            ?? throw new InvalidOperationException("The demo page is not embedded in the executable.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return new DemoPage(reader.ReadToEnd());
    }

    /// <summary>Only the page's own script may run, and it may talk only to this server.</summary>
    public ContentHttpResult Show(HttpContext context)
    {
        context.Response.Headers.ContentSecurityPolicy = _policy;
        context.Response.Headers.CacheControl = "no-cache";
        return TypedResults.Text(_html, "text/html", Encoding.UTF8);
    }

    /// <summary>What the page needs to draw the shop and to speak for a shopper.</summary>
    public static byte[] WriteCatalog(DemoCatalog catalog, string writeKey) =>
        JsonSerializer.SerializeToUtf8Bytes(new
        {
            writeKey,
            currency = "EUR",
            categories = DemoAssortment.Categories.Select(category => new { name = category.Name, department = category.Department }),
            items = catalog.Items.OrderByDescending(item => item.Popularity).Select(item => new
            {
                id = item.Id,
                name = item.Name,
                category = item.Category.Name,
                kind = item.Kind,
                brand = item.Brand,
                price = item.Price,
                stock = item.Stock,
                colour = item.ColourHex,
            }),
        });

    private static string HashOfScript(string html)
    {
        const string Open = "<script>";
        var start = html.IndexOf(Open, StringComparison.Ordinal) + Open.Length;
        var end = html.IndexOf("</script>", start, StringComparison.Ordinal);
        return Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(html[start..end])));
    }
}
