#include "admin/openapi.h"

namespace rota {
namespace {

constexpr std::string_view kDocument = R"json({
  "openapi": "3.1.0",
  "info": {
    "title": "rota admin API",
    "version": "1",
    "description": "What rota knows of its services and instances, and what it decided. Read-only. Times are RFC 3339, UTC, with milliseconds; durations are seconds; shares are 0 to 1. What is not known is null. Fields may be added; what is here keeps its name and meaning."
  },
  "security": [{ "bearer": [] }, { "basic": [] }],
  "paths": {
    "/": {
      "get": {
        "summary": "Leads to /status",
        "operationId": "root",
        "responses": {
          "302": { "description": "Location: /status" },
          "401": { "$ref": "#/components/responses/Unauthorized" },
          "421": { "$ref": "#/components/responses/Misdirected" }
        }
      }
    },
    "/status": {
      "get": {
        "summary": "The same for people: one page, without scripts",
        "operationId": "status",
        "parameters": [
          { "name": "refresh", "in": "query", "description": "off: the page stays as it is", "schema": { "type": "string", "enum": ["off"] } }
        ],
        "responses": {
          "200": { "description": "The page", "content": { "text/html": { "schema": { "type": "string" } } } },
          "401": { "$ref": "#/components/responses/Unauthorized" },
          "421": { "$ref": "#/components/responses/Misdirected" }
        }
      }
    },
    "/metrics": {
      "get": {
        "summary": "The same for Prometheus, in its text format 0.0.4",
        "operationId": "metrics",
        "responses": {
          "200": { "description": "Metrics", "content": { "text/plain": { "schema": { "type": "string" } } } },
          "401": { "$ref": "#/components/responses/Unauthorized" },
          "421": { "$ref": "#/components/responses/Misdirected" }
        }
      }
    },
    "/healthz": {
      "get": {
        "summary": "Whether rota is alive",
        "operationId": "healthz",
        "security": [],
        "responses": {
          "200": { "description": "It is", "content": { "text/plain": { "schema": { "type": "string" } } } },
          "421": { "$ref": "#/components/responses/Misdirected" }
        }
      }
    },
    "/readyz": {
      "get": {
        "summary": "Whether clients' requests should come here: started, and not draining",
        "operationId": "readyz",
        "security": [],
        "parameters": [
          { "name": "verbose", "in": "query", "description": "Lists the checks", "allowEmptyValue": true, "schema": { "type": "string" } }
        ],
        "responses": {
          "200": { "description": "They should", "content": { "text/plain": { "schema": { "type": "string" } } } },
          "503": { "description": "They should not, and why", "content": { "text/plain": { "schema": { "type": "string" } } } },
          "421": { "$ref": "#/components/responses/Misdirected" }
        }
      }
    },
    "/api/v1/overview": {
      "get": {
        "summary": "This rota as a whole",
        "operationId": "overview",
        "responses": {
          "200": { "description": "Overview", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Overview" } } } },
          "401": { "$ref": "#/components/responses/Unauthorized" },
          "421": { "$ref": "#/components/responses/Misdirected" }
        }
      }
    },
    "/api/v1/services": {
      "get": {
        "summary": "All services, without their instances",
        "operationId": "services",
        "responses": {
          "200": { "description": "Services", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Services" } } } },
          "401": { "$ref": "#/components/responses/Unauthorized" },
          "421": { "$ref": "#/components/responses/Misdirected" }
        }
      }
    },
    "/api/v1/services/{name}": {
      "get": {
        "summary": "One service with its instances",
        "operationId": "service",
        "parameters": [
          { "name": "name", "in": "path", "required": true, "description": "A slash in it stands as it is; other bytes may be percent-encoded", "schema": { "type": "string" } }
        ],
        "responses": {
          "200": { "description": "The service", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ServiceWithInstances" } } } },
          "401": { "$ref": "#/components/responses/Unauthorized" },
          "404": { "$ref": "#/components/responses/NotFound" },
          "421": { "$ref": "#/components/responses/Misdirected" }
        }
      }
    },
    "/api/v1/instances": {
      "get": {
        "summary": "All instances of all services, gone ones too",
        "operationId": "instances",
        "responses": {
          "200": { "description": "Instances", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Instances" } } } },
          "401": { "$ref": "#/components/responses/Unauthorized" },
          "421": { "$ref": "#/components/responses/Misdirected" }
        }
      }
    },
    "/api/v1/instances/{id}": {
      "get": {
        "summary": "One instance",
        "operationId": "instance",
        "parameters": [
          { "name": "id", "in": "path", "required": true, "description": "As the list has it: service/identity. Its slashes stand as they are; other bytes may be percent-encoded", "schema": { "type": "string" } }
        ],
        "responses": {
          "200": { "description": "The instance", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Instance" } } } },
          "401": { "$ref": "#/components/responses/Unauthorized" },
          "404": { "$ref": "#/components/responses/NotFound" },
          "421": { "$ref": "#/components/responses/Misdirected" }
        }
      }
    },
    "/api/v1/routes": {
      "get": {
        "summary": "Which service takes which requests, first match first",
        "operationId": "routes",
        "responses": {
          "200": { "description": "Routes", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Routes" } } } },
          "401": { "$ref": "#/components/responses/Unauthorized" },
          "421": { "$ref": "#/components/responses/Misdirected" }
        }
      }
    },
    "/api/v1/events": {
      "get": {
        "summary": "What rota decided, and why, oldest first; the last 1,000 are kept",
        "operationId": "events",
        "parameters": [
          { "name": "after", "in": "query", "description": "Those behind the event of this id, from there on. Without it: the latest", "schema": { "type": "integer", "minimum": 0 } },
          { "name": "limit", "in": "query", "description": "At most so many", "schema": { "type": "integer", "minimum": 1, "maximum": 1000, "default": 100 } }
        ],
        "responses": {
          "200": { "description": "Events", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Events" } } } },
          "400": { "$ref": "#/components/responses/BadRequest" },
          "401": { "$ref": "#/components/responses/Unauthorized" },
          "421": { "$ref": "#/components/responses/Misdirected" }
        }
      }
    },
    "/api/v1/openapi.json": {
      "get": {
        "summary": "This document",
        "operationId": "openapi",
        "responses": {
          "200": { "description": "OpenAPI 3.1", "content": { "application/json": { "schema": { "type": "object" } } } },
          "401": { "$ref": "#/components/responses/Unauthorized" },
          "421": { "$ref": "#/components/responses/Misdirected" }
        }
      }
    }
  },
  "components": {
    "securitySchemes": {
      "bearer": { "type": "http", "scheme": "bearer", "description": "admin.token" },
      "basic": { "type": "http", "scheme": "basic", "description": "admin.token as the password, with any user name" }
    },
    "responses": {
      "BadRequest": { "description": "A parameter has no valid value", "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } },
      "Unauthorized": { "description": "A token is set, and this request has not got it", "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } },
      "NotFound": { "description": "There is none of that name", "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } },
      "Misdirected": { "description": "Host is neither an address of rota's nor in admin.hosts", "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } } }
    },
    "schemas": {
      "Problem": {
        "description": "RFC 9457",
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
          "type": { "type": "string", "enum": ["about:blank"] },
          "title": { "type": "string" },
          "status": { "type": "integer", "minimum": 400, "maximum": 599 },
          "detail": { "type": "string" }
        }
      },
      "Time": { "type": "string", "format": "date-time" },
      "Count": { "type": "integer", "minimum": 0 },
      "Share": { "type": "number", "minimum": 0, "maximum": 1 },
      "Seconds": { "type": "number", "minimum": 0 },
      "State": {
        "description": "The first that applies",
        "type": "string",
        "enum": ["ignored", "draining", "failing", "open", "overloaded", "slow", "starting", "healthy"]
      },
      "CountsByLabel": { "type": "object", "additionalProperties": { "$ref": "#/components/schemas/Count" } },
      "Recent": {
        "description": "Of the last 10 to 20 seconds",
        "type": "object",
        "required": ["per_second", "errors", "p50", "p95", "p99"],
        "properties": {
          "per_second": { "type": "number", "minimum": 0 },
          "errors": { "$ref": "#/components/schemas/Share" },
          "p50": { "type": ["number", "null"], "description": "Seconds; null where nothing happened" },
          "p95": { "type": ["number", "null"] },
          "p99": { "type": ["number", "null"] }
        }
      },
      "Durations": {
        "description": "Since the start",
        "type": "object",
        "required": ["count", "sum"],
        "properties": {
          "count": { "$ref": "#/components/schemas/Count" },
          "sum": { "$ref": "#/components/schemas/Seconds" }
        }
      },
      "MethodCount": {
        "type": "object",
        "required": ["method", "code", "count"],
        "properties": {
          "method": { "type": "string" },
          "code": { "type": "string", "description": "A status; 4xx stands for those of its class that are not registered" },
          "count": { "$ref": "#/components/schemas/Count" }
        }
      },
      "InstanceCounts": {
        "type": "object",
        "required": ["total", "in_service", "gone", "states"],
        "properties": {
          "total": { "$ref": "#/components/schemas/Count", "description": "Those that a source names" },
          "in_service": { "$ref": "#/components/schemas/Count" },
          "gone": { "$ref": "#/components/schemas/Count", "description": "No source names these any more" },
          "states": { "$ref": "#/components/schemas/CountsByLabel", "description": "Of the total, by state" }
        }
      },
      "Overview": {
        "type": "object",
        "required": ["version", "now", "started", "uptime", "generation", "workers", "config", "ready", "draining", "listeners", "recent", "in_flight", "instance_counts", "unrouted", "access_log_dropped", "reloads", "sources", "last_event"],
        "properties": {
          "version": { "type": "string" },
          "now": { "$ref": "#/components/schemas/Time" },
          "started": { "$ref": "#/components/schemas/Time" },
          "uptime": { "$ref": "#/components/schemas/Seconds" },
          "generation": { "$ref": "#/components/schemas/Count", "description": "Of what is in force: it counts up with each change" },
          "workers": { "$ref": "#/components/schemas/Count" },
          "config": { "type": "string", "description": "Where it came from" },
          "ready": { "type": "boolean" },
          "draining": { "type": "boolean" },
          "listeners": {
            "type": "array",
            "items": {
              "type": "object",
              "required": ["address", "connections"],
              "properties": { "address": { "type": "string" }, "connections": { "$ref": "#/components/schemas/Count" } }
            }
          },
          "recent": { "$ref": "#/components/schemas/Recent" },
          "in_flight": { "$ref": "#/components/schemas/Count" },
          "instance_counts": { "$ref": "#/components/schemas/InstanceCounts" },
          "unrouted": {
            "description": "What no service took",
            "type": "object",
            "required": ["requests", "errors"],
            "properties": {
              "requests": { "type": "array", "items": { "$ref": "#/components/schemas/MethodCount" } },
              "errors": { "$ref": "#/components/schemas/CountsByLabel" }
            }
          },
          "access_log_dropped": { "$ref": "#/components/schemas/Count" },
          "reloads": {
            "type": "object",
            "required": ["applied", "refused"],
            "properties": { "applied": { "$ref": "#/components/schemas/Count" }, "refused": { "$ref": "#/components/schemas/Count" } }
          },
          "sources": {
            "type": "array",
            "items": {
              "type": "object",
              "required": ["name", "up", "events"],
              "properties": { "name": { "type": "string" }, "up": { "type": "boolean" }, "events": { "$ref": "#/components/schemas/Count" } }
            }
          },
          "last_event": { "$ref": "#/components/schemas/Count", "description": "The id of the latest event; 0: there was none" }
        }
      },
      "Service": {
        "type": "object",
        "required": ["name", "strategy", "in_flight", "queued", "recent", "requests", "errors", "retries", "duration", "instance_counts"],
        "properties": {
          "name": { "type": "string" },
          "strategy": { "type": "string" },
          "in_flight": { "$ref": "#/components/schemas/Count" },
          "queued": { "$ref": "#/components/schemas/Count" },
          "recent": { "$ref": "#/components/schemas/Recent" },
          "requests": { "type": "array", "description": "Since the start", "items": { "$ref": "#/components/schemas/MethodCount" } },
          "errors": { "$ref": "#/components/schemas/CountsByLabel", "description": "By the token of RFC 9209" },
          "retries": { "$ref": "#/components/schemas/CountsByLabel", "description": "By reason" },
          "duration": { "$ref": "#/components/schemas/Durations" },
          "instance_counts": { "$ref": "#/components/schemas/InstanceCounts" },
          "instances": { "type": "array", "description": "Only where one service is asked for; gone ones last", "items": { "$ref": "#/components/schemas/Instance" } }
        }
      },
      "ServiceWithInstances": { "allOf": [{ "$ref": "#/components/schemas/Service" }, { "type": "object", "required": ["instances"] }] },
      "Services": {
        "type": "object",
        "required": ["services"],
        "properties": { "services": { "type": "array", "items": { "$ref": "#/components/schemas/Service" } } }
      },
      "Instance": {
        "type": "object",
        "required": ["id", "service", "identity", "address", "weight", "share", "state", "reason", "since", "in_service", "gone", "in_flight", "recent", "attempts", "latency", "latency_average", "cpu", "memory", "breaker", "probes"],
        "properties": {
          "id": { "type": "string", "description": "service/identity" },
          "service": { "type": "string" },
          "identity": { "type": "string", "description": "What it is known by while it lives: its address, or its container's id" },
          "address": { "type": "string" },
          "weight": { "$ref": "#/components/schemas/Count", "description": "As asked for" },
          "share": { "$ref": "#/components/schemas/Share", "description": "Of the service's turns, as things are" },
          "state": { "$ref": "#/components/schemas/State" },
          "reason": { "type": ["string", "null"], "description": "Why, with its numbers" },
          "since": { "type": ["string", "null"], "format": "date-time", "description": "That it is in this state" },
          "in_service": { "type": "boolean", "description": "It has a share" },
          "gone": { "type": "boolean" },
          "in_flight": { "$ref": "#/components/schemas/Count" },
          "recent": { "$ref": "#/components/schemas/Recent", "description": "Of attempts, to the response head" },
          "attempts": {
            "description": "Since it is known",
            "type": "object",
            "required": ["answers", "broken"],
            "properties": {
              "answers": { "$ref": "#/components/schemas/CountsByLabel", "description": "By status" },
              "broken": { "$ref": "#/components/schemas/Count", "description": "Failed without an answer" }
            }
          },
          "latency": { "$ref": "#/components/schemas/Durations" },
          "latency_average": { "type": ["number", "null"], "description": "Seconds; what slow is judged by" },
          "cpu": { "type": ["number", "null"], "minimum": 0, "description": "Of what it may use" },
          "memory": { "type": ["number", "null"], "minimum": 0, "description": "Of what it may use" },
          "breaker": {
            "type": "object",
            "required": ["state", "opened", "half_opened", "closed"],
            "properties": {
              "state": { "type": "string", "enum": ["closed", "open", "half_open"] },
              "opened": { "$ref": "#/components/schemas/Count" },
              "half_opened": { "$ref": "#/components/schemas/Count" },
              "closed": { "$ref": "#/components/schemas/Count" }
            }
          },
          "probes": {
            "type": "object",
            "required": ["passed", "failed", "last", "last_at"],
            "properties": {
              "passed": { "$ref": "#/components/schemas/Count" },
              "failed": { "$ref": "#/components/schemas/Count" },
              "last": { "type": ["string", "null"], "description": "What came of it, in words" },
              "last_at": { "type": ["string", "null"], "format": "date-time" }
            }
          }
        }
      },
      "Instances": {
        "type": "object",
        "required": ["instances"],
        "properties": { "instances": { "type": "array", "items": { "$ref": "#/components/schemas/Instance" } } }
      },
      "Routes": {
        "type": "object",
        "required": ["routes"],
        "properties": {
          "routes": {
            "type": "array",
            "items": {
              "type": "object",
              "required": ["host", "path", "service"],
              "properties": {
                "host": { "type": ["string", "null"], "description": "null: any" },
                "path": { "type": "string" },
                "service": { "type": "string" }
              }
            }
          }
        }
      },
      "Event": {
        "type": "object",
        "required": ["id", "at", "level", "type", "service", "instance", "text", "numbers"],
        "properties": {
          "id": { "$ref": "#/components/schemas/Count", "description": "1, 2, 3, ..., without gaps since the start" },
          "at": { "$ref": "#/components/schemas/Time" },
          "level": { "type": "string", "enum": ["debug", "info", "warn", "error"] },
          "type": { "type": "string", "description": "A word of a fixed few: instance_failing, breaker_open, config_reloaded, ..." },
          "service": { "type": ["string", "null"] },
          "instance": { "type": ["string", "null"], "description": "Its identity" },
          "text": { "type": "string", "description": "A sentence for people" },
          "numbers": { "type": "object", "additionalProperties": { "type": ["number", "null"] } }
        }
      },
      "Events": {
        "type": "object",
        "required": ["events", "first_kept", "last_event"],
        "properties": {
          "events": { "type": "array", "items": { "$ref": "#/components/schemas/Event" } },
          "first_kept": { "$ref": "#/components/schemas/Count", "description": "The id of the oldest that is kept: an `after` below it has missed some" },
          "last_event": { "$ref": "#/components/schemas/Count", "description": "The id of the latest; 0: there was none" }
        }
      }
    }
  }
}
)json";

}  // namespace

std::string_view openapi_json() { return kDocument; }

}  // namespace rota
