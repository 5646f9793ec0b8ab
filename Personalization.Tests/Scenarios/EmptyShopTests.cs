using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Scenarios;

/// <summary>Who has just started looks around: whatever can be asked of a shop in which nothing has happened is answered.</summary>
[Parallelizable]
internal sealed class EmptyShopTests : ShopTests
{
    private const string AnyValue = "1";

    [Test]
    public async Task Every_question_has_an_answer()
    {
        var paths = Shop.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains(HttpMethod.Get.Method) == true)
            .Select(PathOf)
            .Distinct()
            .ToList();

        var failed = new List<string>();
        foreach (var path in paths)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);

            // Only the head: a stream has no end.
            using var response = await Shop.Server.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            if ((int)response.StatusCode is 500)
            {
                failed.Add(path);
            }
        }

        Assert.That(paths, Has.Count.GreaterThan(80));
        Assert.That(failed, Is.Empty);
    }

    private static string PathOf(RouteEndpoint endpoint) =>
        "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
        {
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternSeparatorPart separator => separator.Content,
            _ => AnyValue,
        }))));
}
