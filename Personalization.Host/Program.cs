using Personalization;
using Personalization.Host;
using Personalization.Host.Http;
using Personalization.Host.Telemetry;

var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = ContentRoot.Find() });
builder.AddSerilogLogging();
builder.ConfigureKestrel();

builder.Services.AddProblemDetails();
builder.Services.AddPersonalization(builder.Configuration);

var app = builder.Build();
app.UseExceptionHandler();
app.UseStatusCodePages();
app.MapPersonalization();
app.MapOperations();

await app.RunAsync();
