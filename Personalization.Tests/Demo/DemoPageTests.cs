using System.Text.Json;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;
using Personalization.Host.Demo;

namespace Personalization.Tests.Demo;

[TestFixture]
internal sealed class DemoPageTests
{
    [Test]
    public void The_page_needs_nothing_from_elsewhere_and_never_writes_markup()
    {
        var html = DemoPage.Load().Show(new DefaultHttpContext()).ResponseContent!;

        Assert.That(html, Does.Not.Contain("http://").And.Not.Contain("https://").And.Not.Contain("//cdn"));
        Assert.That(html, Does.Not.Contain("innerHTML").And.Not.Contain("insertAdjacentHTML").And.Not.Contain("document.write"));
    }

    [Test]
    public void Only_the_pages_own_script_may_run()
    {
        var context = new DefaultHttpContext();

        DemoPage.Load().Show(context);

        var policy = context.Response.Headers.ContentSecurityPolicy.ToString();
        Assert.That(policy, Does.StartWith("default-src 'none'").And.Match("script-src 'sha256-[A-Za-z0-9+/]{43}='"));
    }

    [Test]
    public void The_catalogue_of_the_page_names_the_write_key_and_never_the_server_key()
    {
        using var json = JsonDocument.Parse(DemoPage.WriteCatalog(SimulatedEvents.Catalog, "demo-write-key"));

        Assert.That(json.RootElement.GetProperty("writeKey").GetString(), Is.EqualTo("demo-write-key"));
        Assert.That(json.RootElement.GetProperty("items").GetArrayLength(), Is.EqualTo(SimulatedEvents.Catalog.Items.Count));
        Assert.That(json.RootElement.GetRawText(), Does.Not.Contain("server-key"));
    }
}
