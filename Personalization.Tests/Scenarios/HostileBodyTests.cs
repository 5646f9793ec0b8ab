using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Scenarios;

/// <summary>Every address that takes a body, found by itself, gets bodies that a parser takes and whoever reads their texts does not.</summary>
internal sealed class HostileBodyTests
{
    private static readonly string[] Members =
    [
        "action", "actions", "anonymousId", "arms", "condition", "context", "control", "description", "event", "eventId", "events", "features", "filter", "id", "identities",
        "isNonProfiling", "items", "kind", "metrics", "name", "parameters", "patch", "placement", "purposes", "ranker", "reason", "rows", "rules", "source", "steps", "type",
        "userId", "value", "version",
    ];

    private readonly TemporaryFolder _folder = new();
    private ShopServer _shop = null!;

    [OneTimeSetUp]
    public async Task Start() => _shop = await ShopServer.StartAsync(_folder.Path);

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _shop.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task No_address_breaks_on_texts_that_cannot_be_read()
    {
        var half = "\"\\ud800\"";
        byte[][] bodies =
        [
            Encoding.UTF8.GetBytes($"{{{string.Join(',', Members.Select(name => $"\"{name}\":{half}"))},{half}:{half}}}"),
            Encoding.UTF8.GetBytes($"{{{string.Join(',', Members.Select(name => $"\"{name}\":{{{half}:{half}}}"))}}}"),
            Encoding.UTF8.GetBytes($"{{{string.Join(',', Members.Select(name => $"\"{name}\":[{half}]"))}}}"),
            [.. Encoding.UTF8.GetBytes($"{{\"{string.Join("\":\"x\",\"", Members)}\":\""), 0xFF, .. "\"}"u8],
        ];
        var broken = new List<string>();
        foreach (var (method, path) in Addresses())
        {
            foreach (var (i, body) in bodies.Index())
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new ByteArrayContent(body) };
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                using var response = await _shop.Server.SendAsync(request);
                if ((int)response.StatusCode == 500)
                {
                    broken.Add($"{method} {path} with body {i}");
                }
            }
        }

        Assert.That(broken, Is.Empty);
    }

    /// <summary>With values that lead as far as they can without a shopper: to the first of whatever there is.</summary>
    private List<(string Method, string Path)> Addresses()
    {
        var found = new List<(string, string)>();
        foreach (var endpoint in _shop.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            var path = string.Concat(endpoint.RoutePattern.PathSegments.Select(segment => "/" + string.Concat(segment.Parts.Select(part => part switch
            {
                Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart { Name: "placement" } => "for-you",
                Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart { Name: "model" } => "session-neighbours",
                Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart { Name: "policyId" or "subject" } => "placement:for-you",
                Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart { ParameterPolicies.Count: > 0 } or
                    Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart { Name: "version" } => "1",
                Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart => "x",
                Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
                _ => "",
            }))));
            found.AddRange(endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Where(method => method is "POST" or "PUT" or "PATCH").Select(method => (method, path)) ?? []);
        }

        Assert.That(found, Has.Count.GreaterThan(80), "The addresses were not found.");
        return found;
    }
}
