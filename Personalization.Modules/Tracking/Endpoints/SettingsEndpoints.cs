using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Personalization.Kernel.Http;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Pipeline;

namespace Personalization.Tracking.Endpoints;

/// <summary>
/// What clients ask for before they send their first event, in the form in which their own vendors answer: send everything here, and to
/// nobody else. An unknown key is a 401 that is counted, because such a client would never send anything.
/// </summary>
internal sealed class SettingsEndpoints(ISourceDirectory sources, CollectAnswers answers, IOptions<ClientsOptions> options)
{
    private static readonly Problem NoAnalyticsJs = new(
        "tracking/no-analytics-js",
        "No build of analytics.js is configured: set Personalization:Tracking:Clients:AnalyticsJsPath to the file of one.",
        StatusCodes.Status404NotFound);

    /// <summary><c>GET /v1/projects/{writeKey}/settings</c> of Segment's browser client.</summary>
    public Task SegmentAsync(HttpContext context)
    {
        var key = RouteValue(context, "writeKey");
        if (sources.Find(Encoding.UTF8.GetBytes(key)) is null)
        {
            return RefuseAsync(context);
        }

        var (protocol, host) = Address(context.Request);
        return WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("integrations"u8);
            json.WriteStartObject("Segment.io"u8);
            json.WriteString("apiKey"u8, key);
            json.WriteString("apiHost"u8, host + "/v1");
            json.WriteString("protocol"u8, protocol);
            json.WriteEndObject();
            json.WriteEndObject();

            // Its own performance metrics, which it would send to Segment's host otherwise.
            json.WriteStartObject("metrics"u8);
            json.WriteNumber("sampleRate"u8, 0);
            json.WriteString("host"u8, host + "/v1");
            json.WriteString("protocol"u8, protocol);
            json.WriteEndObject();
            json.WriteStartObject("plan"u8);
            json.WriteStartObject("track"u8);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    /// <summary>
    /// <c>GET /analytics.js/v1/{writeKey}/analytics.min.js</c> of Segment's snippet: 200 with the shop's own build; 404 when none is
    /// configured, or its file is gone.
    /// </summary>
    public Task AnalyticsJsAsync(HttpContext context)
    {
        if (sources.Find(Encoding.UTF8.GetBytes(RouteValue(context, "writeKey"))) is null)
        {
            return RefuseAsync(context);
        }

        var path = options.Value.AnalyticsJsPath;
        if (path.Length == 0)
        {
            return answers.RefuseAsync(context, NoAnalyticsJs, null, AnswerForm.Segment);
        }

        var file = new FileInfo(path);
        return file.Exists
            ? TypedResults.PhysicalFile(
                file.FullName, "application/javascript; charset=utf-8", lastModified: new DateTimeOffset(file.LastWriteTimeUtc)).ExecuteAsync(context)
            : answers.RefuseAsync(context, NoAnalyticsJs, "The file that is configured is not there.", AnswerForm.Segment);
    }

    /// <summary><c>GET /sourceConfig</c> of RudderStack's clients: the source, without destinations that the browser would talk to itself.</summary>
    public Task RudderStackAsync(HttpContext context)
    {
        if (sources.Authenticate(context) is not { } source)
        {
            return RefuseAsync(context);
        }

        return WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("source"u8);
            json.WriteString("id"u8, source.Name);
            json.WriteString("name"u8, source.Name);
            json.WriteString("writeKey"u8, KeyOf(context));
            json.WriteBoolean("enabled"u8, true);
            json.WriteString("workspaceId"u8, "personalization"u8);
            json.WriteStartObject("config"u8);
            json.WriteStartObject("statsCollection"u8);
            WriteDisabled(json, "errors");
            WriteDisabled(json, "metrics");
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteStartArray("destinations"u8);
            json.WriteEndArray();
            json.WriteStartObject("dataplanes"u8);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteString("updatedAt"u8, "2026-01-01T00:00:00Z"u8);
            json.WriteStartObject("consentManagementMetadata"u8);
            json.WriteStartArray("providers"u8);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    /// <summary><c>GET /array/{token}/config</c> of PostHog's browser client: capture events, and nothing else of what it could do.</summary>
    public Task PostHogAsync(HttpContext context)
    {
        var token = RouteValue(context, "token");
        if (sources.Find(Encoding.UTF8.GetBytes(token)) is null)
        {
            return RefuseAsync(context);
        }

        return WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("token"u8, token);
            WriteCompression(json);
            foreach (var feature in (string[])
                ["hasFeatureFlags", "captureDeadClicks", "capturePerformance", "sessionRecording", "surveys", "heatmaps", "isAuthenticated"])
            {
                json.WriteBoolean(feature, false);
            }

            json.WriteBoolean("autocapture_opt_out"u8, true);
            json.WriteStartObject("toolbarParams"u8);
            json.WriteEndObject();
            json.WriteStartArray("siteApps"u8);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    /// <summary><c>POST /flags</c> of PostHog's clients: there are no flags here, which is an answer too. The question is not read.</summary>
    public static Task PostHogFlagsAsync(HttpContext context) => WriteAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteStartObject("flags"u8);
        json.WriteEndObject();
        json.WriteStartObject("featureFlags"u8);
        json.WriteEndObject();
        json.WriteBoolean("errorsWhileComputingFlags"u8, false);
        WriteCompression(json);
        json.WriteEndObject();
    });

    private Task RefuseAsync(HttpContext context) =>
        answers.RefuseAsync(context, TrackingProblems.UnknownWriteKey, null, AnswerForm.Segment);

    private (string Protocol, string Host) Address(HttpRequest request) =>
        Uri.TryCreate(options.Value.PublicUrl, UriKind.Absolute, out var url)
            ? (url.Scheme, url.Authority + url.AbsolutePath.TrimEnd('/'))
            : (request.Scheme, request.Host.Value + request.PathBase.Value);

    /// <summary>The key that was asked with, as the legacy client compares it; a header's stands in the query too.</summary>
    private static string KeyOf(HttpContext context) => context.Request.Query["writeKey"] is [{ } key] ? key : "";

    private static string RouteValue(HttpContext context, string name) => context.Request.RouteValues[name] as string ?? "";

    private static void WriteDisabled(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject(name);
        json.WriteBoolean("enabled"u8, false);
        json.WriteEndObject();
    }

    private static void WriteCompression(Utf8JsonWriter json)
    {
        json.WriteStartArray("supportedCompression"u8);
        json.WriteStringValue("gzip"u8);
        json.WriteStringValue("gzip-js"u8);
        json.WriteEndArray();
    }

    /// <summary>Asked for anew each time: a client that keeps old settings could not be moved to another host.</summary>
    private static Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-cache";
        using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        write(json);
        return Task.CompletedTask;
    }
}
