using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Personalization.Tests.Support;

namespace Personalization.Tests.Budgets;

/// <summary>What the server does for each request beside its work.</summary>
[Parallelizable]
internal sealed class RequestScopeTests
{
    [TestCase("/v1/track", false)]
    [TestCase("/v1/nothing", true)]
    public async Task What_answers_for_itself_leaves_no_notes_for_status_pages(string path, bool hasNotes)
    {
        using var folder = new TemporaryFolder();
        var noted = new TaskCompletionSource<bool>();
        await using var shop = await ShopServer.StartAsync(folder.Path, app => app.Use((context, next) =>
        {
            context.Response.OnCompleted(() =>
            {
                noted.TrySetResult(context.Features.Get<IItemsFeature>() is not null);
                return Task.CompletedTask;
            });
            return next(context);
        }));

        using var answer = await shop.Client.PostAsync(path, ShopServer.Json(ShopEvents.View("a1", "p1")));

        Assert.That(await noted.Task.WaitAsync(TimeSpan.FromSeconds(30)), Is.EqualTo(hasNotes));
        Assert.That(answer.Content.Headers.ContentType!.MediaType, Is.EqualTo(hasNotes ? "application/problem+json" : "application/json"));
    }

    [Test]
    public async Task No_request_pays_for_a_scope_that_no_line_of_the_log_shows()
    {
        using var folder = new TemporaryFolder();
        await using var shop = await ShopServer.StartAsync(folder.Path);
        var loggers = shop.Services.GetRequiredService<ILoggerFactory>();

        Assert.That(loggers.CreateLogger("Microsoft.AspNetCore.Hosting.Diagnostics").IsEnabled(LogLevel.Critical), Is.False);
        Assert.That(loggers.CreateLogger("Microsoft.AspNetCore.Diagnostics.ExceptionHandlerMiddleware").IsEnabled(LogLevel.Error), "what fails is logged");
    }
}
